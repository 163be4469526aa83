import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OID, TAG, writeDer, writeUnsigned } from './der.ts'
import { concatBytes, encodeBase64 } from './encoding.ts'
import {
  type PublicKey,
  type PublicKeyProblem,
  parseKeptPublicKey,
  parseKeptSpki,
  parsePublicKey,
  parseSpki,
  publicKeyPem,
  rsaModulusOf,
} from './key.ts'
import { writePem } from './pem.ts'
import { fingerprintOf } from './ready-key.ts'

const E = Uint8Array.of(1, 0, 1)
const NULL = writeDer(TAG.null)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const rsaSpki = spkiOf(rsa.publicKey)
const ed25519Spki = spkiOf(ed25519.publicKey)
const modulus = modulusOf(2048)

describe('parsePublicKey accepts', () => {
  it.each([
    ['RSA', rsa.publicKey, { type: 'rsa', bits: 2048, signatureBytes: 256 }],
    ['Ed25519', ed25519.publicKey, { type: 'ed25519', bits: 256, signatureBytes: 64 }],
  ])('a real %s key, with CRLF line ends and white space around it as well', (_, key, expected) => {
    const pem = key.export({ format: 'pem', type: 'spki' }).toString()
    for (const text of [pem, pem.replaceAll('\n', '\r\n'), `\n  ${pem}\n`, pem.trim()]) {
      expect(parsePublicKey(text)).toEqual({ ...expected, spki: spkiOf(key) })
    }
  })

  it.each([
    ['RSA of 2048 bits', ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], 2048],
    ['RSA of 2056 bits', ['RSA', '-pkeyopt', 'rsa_keygen_bits:2056'], 2056],
    ['Ed25519', ['ED25519'], 256],
  ])('what openssl writes for %s', (_, options, bits) => {
    const privatePem = execFileSync('openssl', ['genpkey', '-algorithm', ...options], { stdio: 'pipe' })
    const pem = execFileSync('openssl', ['pkey', '-pubout'], { input: privatePem }).toString()
    expect(parsePublicKey(pem)).toMatchObject({ bits })
    expect(publicKeyPem(accepted(parsePublicKey(pem)))).toBe(pem)
  })

  it.each([
    [2048, 256],
    [2049, 257],
    [3072, 384],
    [4095, 512],
    [4096, 512],
  ])('an RSA modulus of %i bits', (bits, signatureBytes) => {
    const n = modulusOf(bits)
    const key = accepted(parseSpki(rsaSpkiWith(n, E)))
    expect(key).toMatchObject({ type: 'rsa', bits, signatureBytes })
    expect(rsaModulusOf(key)).toEqual(n)
  })
})

describe('parsePublicKey refuses', () => {
  it.each<[string, string, Uint8Array]>([
    ['1024 bits', 'rsa_size', rsaSpkiWith(modulusOf(1024), E)],
    ['2047 bits', 'rsa_size', rsaSpkiWith(modulusOf(2047), E)],
    ['4097 bits', 'rsa_size', rsaSpkiWith(modulusOf(4097), E)],
    ['8192 bits', 'rsa_size', rsaSpkiWith(modulusOf(8192), E)],
    ['a modulus of zero', 'rsa_size', rsaSpkiWith(Uint8Array.of(0), E)],
    ['exponent 3', 'rsa_exponent', rsaSpkiWith(modulus, Uint8Array.of(3))],
    ['exponent 1', 'rsa_exponent', rsaSpkiWith(modulus, Uint8Array.of(1))],
    ['exponent 0', 'rsa_exponent', rsaSpkiWith(modulus, Uint8Array.of(0))],
    ['exponent 65539', 'rsa_exponent', rsaSpkiWith(modulus, Uint8Array.of(1, 0, 3))],
    ['exponent 2^64 + 1', 'rsa_exponent', rsaSpkiWith(modulus, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1))],
    ['an exponent that ends in 65537', 'rsa_exponent', rsaSpkiWith(modulus, Uint8Array.of(1, 1, 0, 1))],
    ['an exponent of 2048 bits', 'rsa_exponent', rsaSpkiWith(modulus, modulusOf(2048))],
    ['an even modulus', 'rsa_modulus', rsaSpkiWith(modulus.with(-1, (modulus.at(-1) ?? 0) & 0xfe), E)],
    ['id-RSASSA-PSS', 'rsa_pss_key', spkiWith([writeDer(TAG.oid, OID.rsaPss)], rsaBody(modulus, E))],
    ['a negative modulus', 'not_spki', rsaSpkiOf(writeDer(TAG.integer, modulus), writeUnsigned(E))],
    ['a padded modulus', 'not_spki', rsaSpkiOf(writeDer(TAG.integer, Uint8Array.of(0, 0), modulus), writeUnsigned(E))],
    ['a padded exponent', 'not_spki', rsaSpkiOf(writeUnsigned(modulus), writeDer(TAG.integer, Uint8Array.of(0), E))],
    ['a third integer', 'not_spki', rsaSpkiOf(writeUnsigned(modulus), writeUnsigned(E), writeUnsigned(E))],
    ['a missing exponent', 'not_spki', rsaSpkiOf(writeUnsigned(modulus))],
    ['no parameters (NULL)', 'not_canonical', spkiWith([writeDer(TAG.oid, OID.rsaEncryption)], rsaBody(modulus, E))],
    ['NULL twice', 'not_canonical', spkiWith([writeDer(TAG.oid, OID.rsaEncryption), NULL, NULL], rsaBody(modulus, E))],
  ])('RSA with %s', (_, problem, spki) => {
    expect(parseSpki(spki)).toMatchObject({ problem })
    expect(parsePublicKey(writePem('PUBLIC KEY', spki))).toMatchObject({ problem })
  })

  it.each<[string, string, Uint8Array]>([
    ['a low-order point', 'ed25519_point_low_order', ed25519SpkiWith(new Uint8Array(32))],
    ['the neutral element', 'ed25519_point_low_order', ed25519SpkiWith(new Uint8Array(32).with(0, 1))],
    ['a y that is not reduced', 'ed25519_point_non_canonical', ed25519SpkiWith(new Uint8Array(32).fill(0xff))],
    ['a point off the curve', 'ed25519_point_not_on_curve', ed25519SpkiWith(new Uint8Array(32).with(0, 2))],
    ['31 bytes', 'not_spki', ed25519SpkiWith(ed25519Spki.subarray(-31))],
    ['33 bytes', 'not_spki', ed25519SpkiWith(concatBytes(ed25519Spki.subarray(-32), Uint8Array.of(0)))],
    ['no bytes', 'not_spki', ed25519SpkiWith(new Uint8Array(0))],
    ['parameters', 'not_canonical', spkiWith([writeDer(TAG.oid, OID.ed25519), NULL], ed25519Spki.subarray(-32))],
  ])('Ed25519 with %s', (_, problem, spki) => {
    expect(parseSpki(spki)).toMatchObject({ problem })
  })

  it.each([
    ['an EC key', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['an X25519 key', generateKeyPairSync('x25519').publicKey],
    ['an Ed448 key', generateKeyPairSync('ed448').publicKey],
  ])('%s', (_, key) => {
    expect(parseSpki(spkiOf(key))).toMatchObject({ problem: 'algorithm_not_supported' })
  })

  it('a real key bound to RSA-PSS', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
    expect(parsePublicKey(publicKey.export({ format: 'pem', type: 'spki' }).toString())).toMatchObject({
      problem: 'rsa_pss_key',
    })
  })

  it.each([
    ['RSA', rsaSpki],
    ['Ed25519', ed25519Spki],
  ])('%s in any encoding but the canonical one', (_, spki) => {
    const [, lengthByte = 0] = spki
    const content = spki.subarray(lengthByte < 0x80 ? 2 : 4)
    const encodings = [
      concatBytes(spki, Uint8Array.of(0)),
      concatBytes(spki, NULL),
      concatBytes(spki, spki),
      concatBytes(Uint8Array.of(0x30, 0x80), content, Uint8Array.of(0, 0)),
      concatBytes(Uint8Array.of(0x30, 0x83, 0, content.length >> 8, content.length & 0xff), content),
      writeDer(TAG.sequence, content, NULL),
      writeDer(TAG.octetString, content),
      spki.subarray(0, -1),
      spki.subarray(1),
      new Uint8Array(0),
    ]
    for (const encoding of encodings) expect(parseSpki(encoding)).toHaveProperty('problem')
  })

  it('a bit string with unused bits, or with no byte for them', () => {
    const algorithm = writeDer(TAG.sequence, writeDer(TAG.oid, OID.ed25519))
    const point = ed25519Spki.subarray(-32)
    for (const unused of [[1], [7], []]) {
      const spki = writeDer(TAG.sequence, algorithm, writeDer(TAG.bitString, Uint8Array.from(unused), point))
      expect(parseSpki(spki)).toMatchObject({ problem: 'not_spki' })
    }
  })

  it.each<[string, string, string]>([
    ['a PKCS#8 private key', 'private_key', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['a PKCS#1 private key', 'private_key', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString()],
    [
      'an encrypted private key',
      'private_key',
      ed25519.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'test' }).toString(),
    ],
    [
      'an OpenSSH private key',
      'private_key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
    ],
    [
      'a private key with the header line of a public one (PKCS#8)',
      'private_key',
      writePem('PUBLIC KEY', ed25519.privateKey.export({ format: 'der', type: 'pkcs8' })),
    ],
    [
      'a private key with the header line of a public one (PKCS#1)',
      'private_key',
      writePem('PUBLIC KEY', rsa.privateKey.export({ format: 'der', type: 'pkcs1' })),
    ],
    ['a private key among other text', 'private_key', `x${'-'.repeat(5000)}BEGIN PRIVATE KEY`],
    ['PKCS#1', 'pkcs1_public_key', rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }).toString()],
    [
      'PKCS#1 with the header line of SPKI',
      'pkcs1_public_key',
      writePem('PUBLIC KEY', rsa.publicKey.export({ format: 'der', type: 'pkcs1' })),
    ],
    ['a certificate', 'certificate', writePem('CERTIFICATE', rsaSpki)],
    ['another label', 'wrong_label', writePem('EC PUBLIC KEY', rsaSpki)],
    ['no PEM', 'not_pem', encodeBase64(rsaSpki)],
    ['an OpenSSH public key', 'not_pem', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI test'],
    ['two blocks', 'not_pem', pemOf(rsa.publicKey) + pemOf(ed25519.publicKey)],
    ['nothing', 'not_pem', ''],
    ['a longer text than any key has', 'not_pem', 'A'.repeat(4097)],
    ['integers', 'not_spki', writePem('PUBLIC KEY', writeDer(TAG.sequence, writeUnsigned(E)))],
  ])('%s', (_, problem, text) => {
    expect(parsePublicKey(text)).toMatchObject({ problem, message: expect.stringMatching(/^(must|is) /) })
  })

  it('a real certificate, as a block and under the label of a key', () => {
    const certificate = execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=test'],
      { stdio: 'pipe' },
    ).toString()
    expect(parsePublicKey(certificate)).toMatchObject({ problem: 'certificate' })
    expect(parsePublicKey(certificate.replaceAll('CERTIFICATE', 'PUBLIC KEY'))).toMatchObject({ problem: 'not_spki' })
  })

  it('without saying anything of what was sent', () => {
    const secret = ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const { message } = parsePublicKey(secret) as PublicKeyProblem
    expect(message).not.toContain(secret.split('\n')[1]?.slice(0, 12))
  })
})

describe('parsePublicKey, whatever it is given,', () => {
  const change = fc.record({
    at: fc.nat({ max: 2000 }),
    drop: fc.nat({ max: 3 }),
    put: fc.uint8Array({ maxLength: 3 }),
  })

  it.each([
    ['RSA', rsaSpki],
    ['Ed25519', ed25519Spki],
  ])('accepts of a mutated %s key only bytes that are a key in its one encoding', (_, spki) => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const mutated = changes.reduce(
          (bytes, { at, drop, put }) =>
            concatBytes(bytes.subarray(0, at % bytes.length), put, bytes.subarray((at % bytes.length) + drop)),
          spki,
        )
        const key = parseSpki(mutated)
        if ('problem' in key) return
        expect(key.spki).toEqual(mutated)
        expect(spkiOf(createPublicKey({ key: mutated, format: 'der', type: 'spki' }))).toEqual(mutated)
      }),
      { numRuns: 2000 },
    )
  })

  it('gives a mutated PEM text the id of the key that its body spells, or a problem', async () => {
    const pem = pemOf(rsa.publicKey)
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: pem.length }),
        fc.nat({ max: 2 }),
        fc.string({ maxLength: 2 }),
        async (at, drop, put) => {
          const text = pem.slice(0, at) + put + pem.slice(at + drop)
          const key = parsePublicKey(text)
          if ('problem' in key) return
          const body = Buffer.from(text.replace(/-----[A-Z ]+-----/g, ''), 'base64')
          expect(await fingerprintOf(key)).toBe(createHash('sha256').update(body).digest('base64url'))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('never throws on bytes', () => {
    const sequences = fc.uint8Array({ maxLength: 120 }).map((content) => writeDer(TAG.sequence, content))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), sequences), (bytes) => {
        expect(parseSpki(bytes)).toHaveProperty('problem')
        expect(parsePublicKey(writePem('PUBLIC KEY', bytes))).toHaveProperty('problem')
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws on text', () => {
    fc.assert(
      fc.property(anyText(300), (text) => {
        expect(parsePublicKey(text)).toHaveProperty('problem')
        expect(parsePublicKey(`-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----`)).toHaveProperty(
          'problem',
        )
      }),
    )
  })

  it('answers at once', () => {
    const started = performance.now()
    for (let i = 0; i < 20; i++) {
      parsePublicKey('BEGIN '.repeat(682))
      parsePublicKey(`-----BEGIN PUBLIC KEY-----\n${'A\n'.repeat(2000)}`)
      parsePublicKey('BEGIN '.repeat(1_000_000))
      parseSpki(rsaSpkiWith(modulus, new Uint8Array(100_000).fill(0xff)))
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

function accepted(key: PublicKey | PublicKeyProblem): PublicKey {
  if ('problem' in key) throw new Error(key.message)
  return key
}

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }))
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString()
}

/** An odd number of exactly this many bits. */
function modulusOf(bits: number): Uint8Array {
  const bytes = new Uint8Array(randomBytes(Math.ceil(bits / 8)))
  const top = (bits - 1) % 8
  bytes[0] = ((bytes[0] ?? 0) & ((1 << top) - 1)) | (1 << top)
  return bytes.with(-1, (bytes.at(-1) ?? 0) | 1)
}

function rsaSpkiWith(n: Uint8Array, e: Uint8Array): Uint8Array {
  return rsaSpkiOf(writeUnsigned(n), writeUnsigned(e))
}

function rsaSpkiOf(...integers: Uint8Array[]): Uint8Array {
  return spkiWith([writeDer(TAG.oid, OID.rsaEncryption), NULL], writeDer(TAG.sequence, ...integers))
}

function rsaBody(n: Uint8Array, e: Uint8Array): Uint8Array {
  return writeDer(TAG.sequence, writeUnsigned(n), writeUnsigned(e))
}

function ed25519SpkiWith(point: Uint8Array): Uint8Array {
  return spkiWith([writeDer(TAG.oid, OID.ed25519)], point)
}

function spkiWith(algorithm: Uint8Array[], key: Uint8Array): Uint8Array {
  return writeDer(TAG.sequence, writeDer(TAG.sequence, ...algorithm), writeDer(TAG.bitString, Uint8Array.of(0), key))
}

/** Texts of any UTF-16 units, half of a surrogate pair included. */
function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units))
}

it('reads bytes that were accepted before without checking the point again', () => {
  const notOnCurve = Buffer.from(`302a300506032b6570032100${'02'.padEnd(64, '0')}`, 'hex')
  expect(parseSpki(notOnCurve)).toMatchObject({ problem: 'ed25519_point_not_on_curve' })
  expect(parseKeptSpki(notOnCurve)).toMatchObject({ type: 'ed25519', bits: 256, signatureBytes: 64 })
  const { publicKey } = generateKeyPairSync('ed25519')
  const der = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  expect(parseKeptSpki(der)).toEqual(parseSpki(der))
  expect(parseKeptSpki(der.subarray(0, 43))).toMatchObject({ problem: 'not_spki' })
  expect(parseKeptPublicKey(writePem('PUBLIC KEY', notOnCurve))).toMatchObject({ spki: new Uint8Array(notOnCurve) })
  expect(parseKeptPublicKey(writePem('CERTIFICATE', der))).toMatchObject({ problem: 'certificate' })
})
