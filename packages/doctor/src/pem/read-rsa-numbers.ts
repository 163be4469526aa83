import {
  areRsaNumbersWhole,
  areRsaPrimes,
  differingRsaNumbers,
  type RsaNumbers,
  repairRsaNumbers,
  rsaPrivateKey,
  rsaPublicKey,
} from '@countersign/protocol'
import { bigIntBytes } from '../bytes.ts'
import { type KeyReading, unreadable } from './key-reading.ts'

/** The RSA private key of these numbers: intact, or computed from the intact ones, with the damaged ones named. */
export function readRsaNumbers(numbers: RsaNumbers): KeyReading {
  const isWhole = areRsaNumbersWhole(numbers)
  const whole = isWhole ? numbers : repairRsaNumbers(numbers)
  if (!whole) return unreadable('rsa_numbers_lost', true)
  if ('problem' in rsaPublicKey(bigIntBytes(whole.n), bigIntBytes(whole.e))) return unreadable('rsa_key_refused', true)
  // The other numbers confirm a repaired key: composites would not fit them.
  if (isWhole && !areRsaPrimes(whole)) return unreadable('rsa_numbers_lost', true, 'One of its two primes is no prime.')
  const damaged = differingRsaNumbers(numbers, whole)
  const details = `Damaged: ${damaged.map((name) => WORDS[name]).join(', ')}.`
  return {
    problems: isWhole ? [] : [{ code: 'rsa_numbers_damaged', details }],
    isPrivate: true,
    privateKey: rsaPrivateKey(whole),
  }
}

const WORDS: Readonly<Record<keyof RsaNumbers, string>> = {
  n: 'the modulus n',
  e: 'the public exponent e',
  d: 'the private exponent d',
  p: 'the prime p',
  q: 'the prime q',
  dp: 'dp',
  dq: 'dq',
  qi: 'qi',
}
