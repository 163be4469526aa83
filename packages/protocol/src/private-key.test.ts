import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TAG, writeDer, writeUnsigned } from './der.ts'
import { encodeBase64, encodeBase64Url } from './encoding.ts'
import { writePem } from './pem.ts'
import { type PrivateJwk, type PrivateKey, PrivateKeyError, parsePrivateKey, pkcs8Pem } from './private-key.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const rsaKey: PrivateKey = { type: 'rsa', pkcs8: derOf('rsa', 'pkcs8') }
const ed25519Key: PrivateKey = { type: 'ed25519', pkcs8: derOf('ed25519', 'pkcs8') }
const rsaPkcs1Pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString()
const rsaPkcs8Pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const ed25519Pem = ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const rsaJwk: PrivateJwk = rsa.privateKey.export({ format: 'jwk' })
const ed25519Jwk: PrivateJwk = ed25519.privateKey.export({ format: 'jwk' })

describe('parsePrivateKey reads', () => {
  it.each<[string, string | PrivateJwk, PrivateKey]>([
    ['RSA in PKCS#1', rsaPkcs1Pem, rsaKey],
    ['RSA in PKCS#8', rsaPkcs8Pem, rsaKey],
    ['Ed25519 in PKCS#8', ed25519Pem, ed25519Key],
    ['an RSA JWK', rsaJwk, rsaKey],
    ['an Ed25519 JWK', ed25519Jwk, ed25519Key],
    ['a JWK as text', JSON.stringify(rsaJwk), rsaKey],
    ['a JWK as indented text', ` ${JSON.stringify(ed25519Jwk, undefined, 2)}\n`, ed25519Key],
    ['a JWK as text in quotes', `'${JSON.stringify(ed25519Jwk)}'`, ed25519Key],
    ['CRLF line ends', rsaPkcs1Pem.replaceAll('\n', '\r\n'), rsaKey],
    ['escaped newlines', ed25519Pem.replaceAll('\n', '\\n'), ed25519Key],
    ['escaped CRLF line ends', rsaPkcs8Pem.replaceAll('\n', '\\r\\n'), rsaKey],
    ['double quotes', `"${rsaPkcs1Pem}"`, rsaKey],
    ['single quotes', `'${ed25519Pem}'`, ed25519Key],
    ['quotes and escaped newlines', `"${rsaPkcs8Pem.replaceAll('\n', '\\n')}"`, rsaKey],
    ['white space around it', `\n\n  ${ed25519Pem}  \n`, ed25519Key],
    [
      'one long line',
      `-----BEGIN PRIVATE KEY-----\n${encodeBase64(ed25519Key.pkcs8)}\n-----END PRIVATE KEY-----`,
      ed25519Key,
    ],
  ])('%s', (_, input, expected) => {
    expect(parsePrivateKey(input)).toEqual(expected)
  })

  it('what openssl writes', () => {
    const pkcs8 = openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'])
    const pkcs1 = openssl(['rsa', '-traditional'], pkcs8)
    expect(pkcs1).toContain('BEGIN RSA PRIVATE KEY')
    expect(parsePrivateKey(pkcs1)).toEqual(parsePrivateKey(pkcs8))
    expect(parsePrivateKey(openssl(['genpkey', '-algorithm', 'ED25519'])).type).toBe('ed25519')
  })

  it('what pkcs8Pem writes, and openssl does as well', () => {
    for (const key of [rsaKey, ed25519Key]) {
      expect(parsePrivateKey(pkcs8Pem(key))).toEqual(key)
      expect(openssl(['pkey'], pkcs8Pem(key))).toBe(pkcs8Pem(key))
    }
  })

  it('an Ed25519 key that carries its public half (RFC 8410)', () => {
    const publicHalf = writeDer(0x81, Uint8Array.of(0), new Uint8Array(32))
    const version1 = writeDer(TAG.sequence, writeUnsigned(Uint8Array.of(1)), ed25519Key.pkcs8.subarray(5), publicHalf)
    expect(parsePrivateKey(writePem('PRIVATE KEY', version1))).toEqual(ed25519Key)
  })
})

describe('parsePrivateKey refuses', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const cubic = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey
  const encryption = { cipher: 'aes-256-cbc', passphrase: 'test' } as const

  it.each<[string, string, string | PrivateJwk]>([
    [
      'an encrypted PKCS#8 key',
      'encrypted',
      pemOf(ed25519.privateKey.export({ format: 'pem', type: 'pkcs8', ...encryption })),
    ],
    [
      'an encrypted PKCS#1 key',
      'encrypted',
      pemOf(rsa.privateKey.export({ format: 'pem', type: 'pkcs1', ...encryption })),
    ],
    ['an OpenSSH key', 'openssh', writePem('OPENSSH PRIVATE KEY', ed25519Key.pkcs8)],
    ['a public key', 'public_key', pemOf(rsa.publicKey.export({ format: 'pem', type: 'spki' }))],
    ['a PKCS#1 public key', 'public_key', pemOf(rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }))],
    ['a PKCS#1 body under a PKCS#8 header', 'not_pkcs8', writePem('PRIVATE KEY', derOf('rsa', 'pkcs1'))],
    ['a PKCS#8 body under a PKCS#1 header', 'not_pkcs1', writePem('RSA PRIVATE KEY', rsaKey.pkcs8)],
    [
      'a public key under a private header',
      'not_pkcs8',
      writePem('PRIVATE KEY', rsa.publicKey.export({ format: 'der', type: 'spki' })),
    ],
    ['an EC key', 'algorithm_not_supported', pkcs8PemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)],
    ['an X25519 key', 'algorithm_not_supported', pkcs8PemOf(generateKeyPairSync('x25519').privateKey)],
    [
      'an RSA-PSS key',
      'algorithm_not_supported',
      pkcs8PemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
    ],
    ['an EC key in its own form', 'wrong_label', writePem('EC PRIVATE KEY', ed25519Key.pkcs8)],
    ['a certificate', 'wrong_label', writePem('CERTIFICATE', ed25519Key.pkcs8)],
    ['RSA of 1024 bits', 'rsa_key_refused', pkcs8PemOf(small)],
    ['RSA with the exponent 3', 'rsa_key_refused', pkcs8PemOf(cubic)],
    ['a multi-prime RSA key', 'not_pkcs1', writePem('RSA PRIVATE KEY', pkcs1With(1, 10))],
    ['a PKCS#1 key of an unknown version', 'not_pkcs1', writePem('RSA PRIVATE KEY', pkcs1With(1, 9))],
    ['a PKCS#1 key with too few integers', 'not_pkcs1', writePem('RSA PRIVATE KEY', pkcs1With(0, 8))],
    ['half a seed', 'not_pkcs8', writePem('PRIVATE KEY', halfSeed())],
    ['an empty text', 'not_pem', ''],
    ['quotes alone', 'not_pem', '""'],
    ['a body without armour', 'not_pem', encodeBase64(ed25519Key.pkcs8)],
    ['a PEM without line breaks', 'not_pem', ed25519Pem.replaceAll('\n', '')],
    ['two blocks', 'not_pem', ed25519Pem + ed25519Pem],
    ['broken JSON', 'not_pem', '{"kty":"OKP"'],
    ['an empty JWK', 'jwk_not_supported', {}],
    ['a public JWK', 'jwk_not_supported', without(ed25519Jwk, 'd')],
    ['an RSA JWK without its primes', 'jwk_not_supported', without(rsaJwk, 'p')],
    ['a multi-prime JWK', 'jwk_not_supported', { ...rsaJwk, oth: [] }],
    ['a JWK of another curve', 'jwk_not_supported', { ...ed25519Jwk, crv: 'X25519' }],
    ['an EC JWK', 'jwk_not_supported', { kty: 'EC', crv: 'P-256', d: 'AAAA' }],
    ['a JWK with a short seed', 'jwk_not_supported', { ...ed25519Jwk, d: encodeBase64Url(new Uint8Array(31)) }],
    ['a JWK with a padded member', 'jwk_not_supported', { ...ed25519Jwk, d: `${ed25519Jwk.d}=` }],
    ['a JWK with a member of another type', 'jwk_not_supported', { ...rsaJwk, n: 1 }],
    [
      'a JWK with an even modulus',
      'rsa_numbers_damaged',
      { ...rsaJwk, n: encodeBase64Url(new Uint8Array(256).fill(254)) },
    ],
  ])('%s', (_, code, input) => {
    expect(refusalOf(input)).toMatchObject({ name: 'PrivateKeyError', code })
  })

  it('a real OpenSSH key', () => {
    const text =
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH PRIVATE KEY-----'
    expect(refusalOf(text)).toMatchObject({ code: 'openssh' })
  })
})

describe('parsePrivateKey, whatever it is given,', () => {
  const pems = [rsaPkcs1Pem, rsaPkcs8Pem, ed25519Pem, JSON.stringify(rsaJwk), JSON.stringify(ed25519Jwk)]
  const change = fc.record({ at: fc.nat({ max: 2000 }), drop: fc.nat({ max: 40 }), put: fc.string({ maxLength: 3 }) })

  it('throws nothing but PrivateKeyError, and never says any of the key', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pems), fc.array(change, { minLength: 1, maxLength: 3 }), (pem, changes) => {
        const text = changes.reduce(
          (text, { at, drop, put }) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + drop),
          `${pem} `,
        )
        const error = refusalOf(text)
        if (!error) return
        expect(error).toBeInstanceOf(PrivateKeyError)
        expect(saysSomeOf(error, pem)).toBe(false)
      }),
      { numRuns: 3000 },
    )
  })

  it('throws nothing but PrivateKeyError on any text', () => {
    fc.assert(
      fc.property(anyText(200), (text) => {
        for (const input of [text, `{${text}`, `"${text}"`, `-----BEGIN PRIVATE KEY-----\n${text}`]) {
          expect(refusalOf(input)).toBeInstanceOf(PrivateKeyError)
        }
      }),
    )
  })

  it('throws nothing but PrivateKeyError on any DER', () => {
    const content = fc.array(fc.uint8Array({ maxLength: 30 }).map((bytes) => writeDer(bytes[0] ?? 0x30, bytes)))
    fc.assert(
      fc.property(content, (elements) => {
        for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY']) {
          expect(refusalOf(writePem(label, writeDer(TAG.sequence, ...elements)))).toBeInstanceOf(PrivateKeyError)
        }
      }),
    )
  })

  it('throws nothing but PrivateKeyError on any JSON value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('kty', 'crv', 'd', 'n', 'e'), fc.jsonValue()), (jwk) => {
        expect(refusalOf(jwk as PrivateJwk)).toBeInstanceOf(PrivateKeyError)
      }),
    )
    const nested = '{"kty":'.repeat(100_000)
    expect(refusalOf(nested)).toBeInstanceOf(PrivateKeyError)
  })

  it('answers at once', () => {
    const started = performance.now()
    refusalOf(`"${'a'.repeat(1_000_000)}`)
    refusalOf('-----BEGIN '.repeat(100_000))
    refusalOf(`-----BEGIN PRIVATE KEY-----\n${'A\n'.repeat(300_000)}`)
    refusalOf('Proc-Type:'.repeat(100_000))
    refusalOf('\\n'.repeat(300_000))
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

function refusalOf(input: string | PrivateJwk): unknown {
  try {
    parsePrivateKey(input)
    return undefined
  } catch (error) {
    return error
  }
}

/** Whether an error repeats eight characters in a row of a key's body, anywhere that a log would show. */
function saysSomeOf(error: unknown, secret: string): boolean {
  const { message, stack = '', cause } = error as Error
  const shown = message + stack.split('\n')[0] + String(cause) + JSON.stringify(error)
  const body = secret.replace(/-----[A-Z ]+-----|\s|"[a-z]{1,3}":/g, '')
  for (let at = 0; at + 8 <= body.length; at++) if (shown.includes(body.slice(at, at + 8))) return true
  return false
}

function derOf(type: 'rsa' | 'ed25519', format: 'pkcs1' | 'pkcs8'): Uint8Array {
  const { privateKey } = type === 'rsa' ? rsa : ed25519
  return new Uint8Array(privateKey.export({ format: 'der', type: format }))
}

function pemOf(exported: string | Buffer): string {
  return exported.toString()
}

function pkcs8PemOf(key: typeof rsa.privateKey): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function pkcs1With(version: number, integers: number): Uint8Array {
  const rest = Array.from({ length: integers - 1 }, () => writeUnsigned(Uint8Array.of(7)))
  return writeDer(TAG.sequence, writeUnsigned(Uint8Array.of(version)), ...rest)
}

function halfSeed(): Uint8Array {
  const seed = writeDer(TAG.octetString, writeDer(TAG.octetString, new Uint8Array(16)))
  return writeDer(TAG.sequence, ed25519Key.pkcs8.subarray(2, -36), seed)
}

function without(jwk: PrivateJwk, member: keyof PrivateJwk): PrivateJwk {
  const { [member]: _, ...rest } = jwk
  return rest
}

function openssl(options: string[], input = ''): string {
  return execFileSync('openssl', options, { input, stdio: 'pipe' }).toString()
}

/** Texts of any UTF-16 units, half of a surrogate pair included. */
function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units))
}
