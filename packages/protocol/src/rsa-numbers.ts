/** The numbers of an RSA private key of two primes, as PKCS#1 names them (RFC 8017 appendix A.1.2). */
export interface RsaNumbers {
  /** The modulus, p times q. */
  readonly n: bigint
  /** The public exponent. */
  readonly e: bigint
  /** The private exponent. */
  readonly d: bigint
  readonly p: bigint
  readonly q: bigint
  /** d modulo p - 1. */
  readonly dp: bigint
  /** d modulo q - 1. */
  readonly dq: bigint
  /** The inverse of q modulo p. */
  readonly qi: bigint
}

/** The name of one of the numbers. */
export type RsaNumberName = keyof RsaNumbers

const PUBLIC_EXPONENT = 65537n
/** No accepted key has primes of fewer bits. */
const MIN_PRIME_BITS = 512
const MAX_PRIME_BITS = 3584

/** Whether all numbers fit each other, so that the key signs. It does not check whether p and q are primes. */
export function areRsaNumbersWhole({ n, e, d, p, q, dp, dq, qi }: RsaNumbers): boolean {
  if (p < 3n || q < 3n || p === q || p % 2n === 0n || q % 2n === 0n || p * q !== n) return false
  if (!isPrivateExponent(d, e, n, p, q)) return false
  return dp === d % (p - 1n) && dq === d % (q - 1n) && qi < p && (qi * q) % p === 1n
}

/** Whether p and q are primes, by two rounds of Miller and Rabin. It takes up to 200 ms for a key of 4096 bits. */
export function areRsaPrimes({ p, q }: Pick<RsaNumbers, 'p' | 'q'>): boolean {
  return isProbablePrime(p) && isProbablePrime(q)
}

/**
 * The original key of damaged numbers: from p and q, or from one of them and n. `undefined` if too little is intact, or
 * if no other number confirms the result. The public exponent is 65537, as in every accepted key.
 */
export function repairRsaNumbers(damaged: RsaNumbers): RsaNumbers | undefined {
  const { n, p, q } = damaged
  const factors = [{ p, q }]
  if (p > 1n && n % p === 0n) factors.push({ p, q: n / p })
  if (q > 1n && n % q === 0n) factors.push({ p: n / q, q })
  for (const pair of factors) {
    if (pair.p === pair.q || !hasPrimeSize(pair.p) || !hasPrimeSize(pair.q)) continue
    const whole = deriveNumbers(pair, damaged)
    if (whole && isConfirmed(whole, damaged)) return whole
  }
  return undefined
}

/** The numbers that differ. */
export function differingRsaNumbers(a: RsaNumbers, b: RsaNumbers): RsaNumberName[] {
  return (Object.keys(a) as RsaNumberName[]).filter((name) => a[name] !== b[name])
}

/** All numbers from the primes, and from d if it fits them. `undefined` if the primes have no such key. */
export function deriveNumbers(
  { p, q }: Pick<RsaNumbers, 'p' | 'q'>,
  { d: given = 0n }: Partial<Pick<RsaNumbers, 'd'>> = {},
): RsaNumbers | undefined {
  const n = p * q
  const e = PUBLIC_EXPONENT
  const d = isPrivateExponent(given, e, n, p, q) ? given : inverse(e, lcm(p - 1n, q - 1n))
  const qi = inverse(q, p)
  return d === undefined || qi === undefined ? undefined : { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi }
}

/**
 * Two factors alone prove nothing, because one may be damaged. The modulus, or d, or both dp and dq, must agree with
 * them. If the public exponent is another one, the modulus does not count, so that a key of that exponent is not made
 * into another key.
 */
function isConfirmed(whole: RsaNumbers, { n, e, d, dp, dq }: RsaNumbers): boolean {
  return (whole.n === n && whole.e === e) || whole.d === d || (whole.dp === dp && whole.dq === dq)
}

function isPrivateExponent(d: bigint, e: bigint, n: bigint, p: bigint, q: bigint): boolean {
  return d > 1n && d < n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n
}

function hasPrimeSize(prime: bigint): boolean {
  const bits = prime.toString(16).length * 4
  return bits >= MIN_PRIME_BITS && bits <= MAX_PRIME_BITS
}

const WITNESSES = [2n, 3n]

function isProbablePrime(candidate: bigint): boolean {
  if (candidate < 7n || candidate % 2n === 0n) return false
  let odd = candidate - 1n
  let halvings = 0
  for (; odd % 2n === 0n; odd /= 2n) halvings++
  return WITNESSES.every((witness) => {
    let power = modularPower(witness, odd, candidate)
    if (power === 1n || power === candidate - 1n) return true
    for (let i = 1; i < halvings; i++) {
      power = (power * power) % candidate
      if (power === candidate - 1n) return true
    }
    return false
  })
}

function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b] = [value % modulus, modulus]
  let [x, y] = [1n, 0n]
  while (a > 1n && b > 0n) {
    const quotient = b / a
    ;[a, b] = [b - quotient * a, a]
    ;[x, y] = [y - quotient * x, x]
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined
}

function lcm(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y > 0n) [x, y] = [y, x % y]
  return (a / x) * b
}
