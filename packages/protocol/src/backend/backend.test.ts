import { execFileSync, spawnSync } from 'node:child_process'
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALGORITHMS, type Algorithm, PROFILE_ALGORITHMS, STATEMENT_ALGORITHMS } from '../algorithms.ts'
import { concatBytes, decodeBase64, encodeBase64, encodeBase64Url, encodeUtf8 } from '../encoding.ts'
import { type PublicKey, parseSpki, publicKeyPem, rsaModulusOf } from '../key.ts'
import { type PrivateKey, parsePrivateKey, pkcs8Pem } from '../private-key.ts'
import { backend as node } from './node.ts'
import { backend as web } from './web.ts'

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX_SIGN } = constants
const SHA256 = ALGORITHMS['rsa-pss-sha256']
const SHA512 = ALGORITHMS['rsa-pss-sha512']
const ED25519 = ALGORITHMS.ed25519
const L = 2n ** 252n + 27742317777372353535851937790883648493n

const rsa2048 = keyPair('rsa', 2048)
const rsa2049 = pairOf(rsaKeyOfOddBits())
const rsa3072 = keyPair('rsa', 3072)
const ed25519 = keyPair('ed25519')
const other = { rsa: keyPair('rsa', 2048), ed25519: keyPair('ed25519') }
const data = encodeUtf8('1703123456789GET/trade-api/v2/portfolio/balance')

interface Pair {
  readonly handle: KeyObject
  readonly secret: PrivateKey
  readonly key: PublicKey
}

describe('the algorithms', () => {
  it('of each profile are those of the contract', () => {
    expect(PROFILE_ALGORITHMS['access-headers']).toEqual({ rsa: SHA256, ed25519: ED25519 })
    expect(PROFILE_ALGORITHMS['http-message-signatures']).toEqual({ rsa: SHA512, ed25519: ED25519 })
    expect(STATEMENT_ALGORITHMS).toEqual({ rsa: SHA256, ed25519: ED25519 })
    expect(SHA256).toMatchObject({ hash: 'SHA-256', saltBytes: 32, acceptsAnySalt: true })
    expect(SHA512).toMatchObject({ hash: 'SHA-512', saltBytes: 64, acceptsAnySalt: false })
  })
})

describe.each([
  ['node:crypto', node],
  ['WebCrypto', web],
])('the backend on %s', (_, backend) => {
  it('decodes base64 as decodeBase64 does, any bytes and any text', () => {
    const bytes = fc.uint8Array({ maxLength: 600 })
    fc.assert(fc.property(bytes, (it) => void expect(backend.decodeBase64(encodeBase64(it))).toEqual(it)))
    expect(backend.decodeBase64(encodeBase64(new Uint8Array(40_000).fill(7)))).toEqual(new Uint8Array(40_000).fill(7))
    const texts = fc.string({ unit: fc.constantFrom(...'AB+/z09=-_ \n\u0141\u0100'), maxLength: 12 })
    fc.assert(
      fc.property(texts, (text) => void expect(backend.decodeBase64(text)).toEqual(decodeBase64(text))),
      { numRuns: 5000 },
    )
  })

  it('gives decoded bytes of its own to each', () => {
    const all = Array.from({ length: 500 }, (_, i) => new Uint8Array(100).fill(i))
    expect(all.map((bytes) => backend.decodeBase64(encodeBase64(bytes)))).toEqual(all)
  })

  it('encodes as encodeUtf8 does, lone surrogates too', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '\u20ac', '\ud83d', '\ude00', '\0') }), (text) => {
        expect(Buffer.from(backend.encodeUtf8(text))).toEqual(Buffer.from(encodeUtf8(text)))
      }),
    )
  })

  it('digests', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        for (const name of ['sha256', 'sha512'] as const) {
          expect(Buffer.from(await backend[name](bytes))).toEqual(createHash(name).update(bytes).digest())
        }
      }),
    )
  })

  it.each<[string, Pair, Algorithm]>([
    ['RSA 2048', rsa2048, SHA256],
    ['RSA 2048 in RFC 9421', rsa2048, SHA512],
    ['RSA 2049', rsa2049, SHA256],
    ['RSA 2049 in RFC 9421', rsa2049, SHA512],
    ['RSA 3072', rsa3072, SHA256],
    ['Ed25519', ed25519, ED25519],
  ])('signs with %s what both backends verify', async (_, pair, algorithm) => {
    const signer = await backend.importPrivateKey(pair.secret)
    expect(signer.type).toBe(pair.key.type)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (data) => {
        const signature = await signer.sign(algorithm, data)
        expect(signature.length).toBe(pair.key.signatureBytes)
        expect(await verdicts(pair.key, algorithm, signature, data)).toEqual(ACCEPTED)
        expect(await verdicts(pair.key, algorithm, signature, concatBytes(data, Uint8Array.of(0)))).toEqual(REFUSED)
        expect(await verdicts(other[pair.key.type].key, algorithm, signature, data)).toEqual(REFUSED)
      }),
      { numRuns: 10 },
    )
  })

  it('signs with the salt that clients are told', async () => {
    const signer = await backend.importPrivateKey(rsa2048.secret)
    const signature = await signer.sign(SHA256, data)
    expect(opensslVerifies(rsa2048.key, signature, 32)).toBe(true)
    expect(opensslVerifies(rsa2048.key, signature, 20)).toBe(false)
  })

  it('refuses to sign with the algorithm of another type of key', async () => {
    await expect((async () => (await backend.importPrivateKey(rsa2048.secret)).sign(ED25519, data))()).rejects.toThrow(
      TypeError,
    )
    await expect((async () => (await backend.importPrivateKey(ed25519.secret)).sign(SHA256, data))()).rejects.toThrow(
      TypeError,
    )
  })

  it('finds the point of an Ed25519 key', async () => {
    expect(Buffer.from(await backend.ed25519PointOf(ed25519.secret))).toEqual(Buffer.from(ed25519.key.spki.slice(-32)))
  })

  it('takes views into larger buffers', async () => {
    const embed = (bytes: Uint8Array) => concatBytes(Uint8Array.of(1, 2, 3), bytes, Uint8Array.of(4)).subarray(3, -1)
    for (const [pair, algorithm] of [
      [rsa2048, SHA256],
      [ed25519, ED25519],
    ] as const) {
      const signer = await backend.importPrivateKey({ ...pair.secret, pkcs8: embed(pair.secret.pkcs8) })
      const verifier = await backend.importPublicKey({ ...pair.key, spki: embed(pair.key.spki) })
      const signature = await signer.sign(algorithm, embed(data))
      expect(await verifier.verify(algorithm, embed(data), embed(signature))).toBe(true)
    }
  })
})

describe('RSA signatures of others', () => {
  it.each([
    [0, rsa2048],
    [20, rsa2048],
    [32, rsa2048],
    [222, rsa2048],
    [RSA_PSS_SALTLEN_MAX_SIGN, rsa2048],
    [0, rsa2049],
    [32, rsa2049],
    [RSA_PSS_SALTLEN_MAX_SIGN, rsa2049],
    [RSA_PSS_SALTLEN_MAX_SIGN, rsa3072],
  ])('with a salt of %i bytes are accepted', async (saltLength, pair) => {
    expect(await verdicts(pair.key, SHA256, pss(pair, saltLength))).toEqual(ACCEPTED)
  })

  it('with any salt that fits are accepted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 222 }), fc.uint8Array(), async (saltLength, data) => {
        expect(await verdicts(rsa2048.key, SHA256, pss(rsa2048, saltLength, 'sha256', data), data)).toEqual(ACCEPTED)
      }),
      { numRuns: 40 },
    )
  })

  it('with a salt other than 64 are refused in RFC 9421', async () => {
    expect(await verdicts(rsa2048.key, SHA512, pss(rsa2048, 64, 'sha512'))).toEqual(ACCEPTED)
    for (const saltLength of [0, 32, 63, 65, RSA_PSS_SALTLEN_MAX_SIGN]) {
      expect(await verdicts(rsa2048.key, SHA512, pss(rsa2048, saltLength, 'sha512'))).toEqual(REFUSED)
    }
  })

  it.each<[string, Uint8Array]>([
    ['PKCS#1 v1.5', signed('sha256', { key: rsa2048.handle, padding: RSA_PKCS1_PADDING })],
    ['PSS with SHA-1', pss(rsa2048, 20, 'sha1')],
    ['PSS with SHA-384', pss(rsa2048, 48, 'sha384')],
    ['PSS with SHA-512', pss(rsa2048, 64, 'sha512')],
    ['PSS with SHA-512 and salt 32', pss(rsa2048, 32, 'sha512')],
    ['PSS over the digest of the text', pss(rsa2048, 32, 'sha256', createHash('sha256').update(data).digest())],
    ['PSS with MGF1 on SHA-1', pssWithMgf1OnSha1()],
    ['another key', pss(other.rsa, 32)],
    ['an Ed25519 key', new Uint8Array(sign(null, data, ed25519.handle))],
  ])('of %s are refused', async (_, signature) => {
    expect(await verdicts(rsa2048.key, SHA256, signature)).toEqual(REFUSED)
  })

  it('that are no number below the modulus are refused', async () => {
    for (const pair of [rsa2048, rsa2049]) {
      const { signatureBytes } = pair.key
      const n = readBigEndian(rsaModulusOf(pair.key))
      const numbers = [0n, 1n, n - 1n, n, n + 1n, 2n ** BigInt(signatureBytes * 8) - 1n]
      for (const number of numbers) {
        expect(await bothVerdicts(pair.key, [SHA256, SHA512], bigEndian(number, signatureBytes))).toEqual(REFUSED)
      }
    }
  })

  it('have one spelling: a multiple of the modulus added to a good one is refused', async () => {
    const n = readBigEndian(rsaModulusOf(rsa2049.key))
    const s = readBigEndian(pss(rsa2049, 32))
    expect(rsa2049.key).toMatchObject({ bits: 2049, signatureBytes: 257 })
    expect(await verdicts(rsa2049.key, SHA256, bigEndian(s, 257))).toEqual(ACCEPTED)
    expect(await verdicts(rsa2049.key, SHA256, bigEndian(s + n, 257))).toEqual(REFUSED)
    expect(await verdicts(rsa2049.key, SHA256, bigEndian(s + 5n * n, 257))).toEqual(REFUSED)
    expect(await verdicts(rsa2049.key, SHA256, bigEndian(n - s, 257))).toEqual(REFUSED)
  })
})

describe('Ed25519 signatures of others', () => {
  const signature = new Uint8Array(sign(null, data, ed25519.handle))
  const R = signature.subarray(0, 32)
  const S = readLittleEndian(signature.subarray(32))

  it('have one spelling: the group order added to S is refused', async () => {
    expect(await verdicts(ed25519.key, ED25519, concatBytes(R, littleEndian(S)))).toEqual(ACCEPTED)
    for (let k = 1n; S + k * L < 2n ** 256n; k++) {
      expect(await verdicts(ed25519.key, ED25519, concatBytes(R, littleEndian(S + k * L)))).toEqual(REFUSED)
    }
  })

  it('have one spelling: the neutral point as R is refused in its second encoding', async () => {
    const neutral = littleEndian(1n)
    const encodings = [
      littleEndian(2n ** 255n - 19n + 1n),
      neutral.with(31, 0x80),
      littleEndian(2n ** 255n - 19n + 1n).with(31, 0xff),
    ]
    for (const encoded of encodings) {
      expect(await verdicts(ed25519.key, ED25519, forgedWithR(encoded))).toEqual(REFUSED)
    }
    const { node, web } = await verdicts(ed25519.key, ED25519, forgedWithR(neutral))
    expect(node).toBe(web)
  })

  it.each<[string, Uint8Array]>([
    ['zeros', new Uint8Array(64)],
    ['ones', new Uint8Array(64).fill(0xff)],
    ['R alone', concatBytes(R, new Uint8Array(32))],
    ['S alone', concatBytes(new Uint8Array(32), littleEndian(S))],
    ['-S', concatBytes(R, littleEndian(L - S))],
    ['halves exchanged', concatBytes(littleEndian(S), R)],
    ['another key', new Uint8Array(sign(null, data, other.ed25519.handle))],
    ['an RSA key', pss(rsa2048, 32)],
  ])('of %s are refused', async (_, forged) => {
    expect(await verdicts(ed25519.key, ED25519, forged)).toEqual(REFUSED)
  })
})

describe.each<[string, Pair, Algorithm, number]>([
  ['RSA 2048', rsa2048, SHA256, 150],
  ['RSA 2049', rsa2049, SHA256, 60],
  ['RSA 2048 in RFC 9421', rsa2048, SHA512, 100],
  ['Ed25519', ed25519, ED25519, 150],
])('both backends agree on %s:', (_, pair, algorithm, numRuns) => {
  const good = algorithm.hash
    ? pss(pair, algorithm.saltBytes, algorithm.hash)
    : new Uint8Array(sign(null, data, pair.handle))

  it('a signature with any bit changed is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length * 8 - 1 }), async (bit) => {
        const mutated = good.with(bit >> 3, (good[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
        expect(await verdicts(pair.key, algorithm, mutated)).toEqual(REFUSED)
      }),
      { numRuns },
    )
  })

  it('a signature of any other length is refused', async () => {
    for (let length = 0; length < good.length; length += 13) {
      expect(await verdicts(pair.key, algorithm, good.subarray(0, length))).toEqual(REFUSED)
      expect(await verdicts(pair.key, algorithm, concatBytes(new Uint8Array(length + 1), good))).toEqual(REFUSED)
      expect(await verdicts(pair.key, algorithm, concatBytes(good, new Uint8Array(length + 1)))).toEqual(REFUSED)
    }
  })

  it('any bytes of the right length are refused, and none throws', async () => {
    const bytes = fc.uint8Array({ minLength: good.length, maxLength: good.length })
    await fc.assert(
      fc.asyncProperty(bytes, async (signature) => {
        expect(await verdicts(pair.key, algorithm, signature)).toEqual(REFUSED)
      }),
      { numRuns },
    )
  })

  it('any block under the right key is refused that is not a whole PSS encoding', async () => {
    if (!algorithm.hash) return
    const bytes = fc.uint8Array({ minLength: good.length, maxLength: good.length })
    await fc.assert(
      fc.asyncProperty(bytes, async (block) => {
        const ending = block.with(0, 0).with(1, 0).with(-1, 0xbc)
        expect(await verdicts(pair.key, algorithm, opened(pair, ending))).toEqual(REFUSED)
      }),
      { numRuns: 15 },
    )
  })

  it('the algorithm of another type of key is refused', async () => {
    for (const wrong of Object.values(ALGORITHMS).filter((it) => it.keyType !== pair.key.type)) {
      expect(await verdicts(pair.key, wrong, good)).toEqual(REFUSED)
    }
  })
})

const ACCEPTED = { node: true, web: true }
const REFUSED = { node: false, web: false }

async function verdicts(key: PublicKey, algorithm: Algorithm, signature: Uint8Array, signedData = data) {
  return {
    node: await (await node.importPublicKey(key)).verify(algorithm, signedData, signature),
    web: await (await web.importPublicKey(key)).verify(algorithm, signedData, signature),
  }
}

async function bothVerdicts(key: PublicKey, algorithms: Algorithm[], signature: Uint8Array) {
  const all = await Promise.all(algorithms.map((algorithm) => verdicts(key, algorithm, signature)))
  return { node: all.some((it) => it.node), web: all.some((it) => it.web) }
}

function keyPair(type: 'rsa' | 'ed25519', modulusLength = 0): Pair {
  const pair = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ed25519')
  return pairOf(pair.privateKey)
}

function pairOf(handle: KeyObject): Pair {
  const key = parseSpki(createPublicKey(handle).export({ format: 'der', type: 'spki' }))
  if ('problem' in key) throw new Error(key.message)
  return { handle, key, secret: parsePrivateKey(handle.export({ format: 'pem', type: 'pkcs8' }).toString()) }
}

/** An RSA key of 2049 bits, as no generator makes it: its PSS block is a byte shorter than its signature. */
function rsaKeyOfOddBits(): KeyObject {
  const e = 65537n
  const [p, q] = [generatePrimeSync(1025, { bigint: true }), generatePrimeSync(1024, { bigint: true })]
  const d = inverse(e, (p - 1n) * (q - 1n))
  const members = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const key = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, base64Url(value)]))
  return createPrivateKey({ key: { kty: 'RSA', ...key }, format: 'jwk' })
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next, factor, nextFactor] = [modulus, value, 0n, 1n]
  while (next !== 0n) {
    const quotient = rest / next
    ;[rest, next] = [next, rest - quotient * next]
    ;[factor, nextFactor] = [nextFactor, factor - quotient * nextFactor]
  }
  return ((factor % modulus) + modulus) % modulus
}

function base64Url(value: bigint): string {
  return encodeBase64Url(bigEndian(value, Math.ceil(value.toString(16).length / 2)))
}

function pss(pair: Pair, saltLength: number, hash = 'sha256', signedData: Uint8Array = data): Uint8Array {
  return signed(hash, { key: pair.handle, padding: RSA_PKCS1_PSS_PADDING, saltLength }, signedData)
}

function signed(hash: string, key: SignKeyObjectInput, signedData: Uint8Array = data): Uint8Array {
  return new Uint8Array(sign(hash, signedData, key))
}

/** block^d mod n: what signs a block with no padding at all. */
function opened(pair: Pair, block: Uint8Array): Uint8Array {
  const { n = '', d = '' } = pair.handle.export({ format: 'jwk' })
  const modulus = readBigEndian(Buffer.from(n, 'base64url'))
  let result = 1n
  let square = readBigEndian(block) % modulus
  for (let rest = readBigEndian(Buffer.from(d, 'base64url')); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return bigEndian(result, block.length)
}

/** The signature (R, S) that only the key's holder can make for a chosen neutral R: S = H(R, A, M) a. */
function forgedWithR(encodedR: Uint8Array): Uint8Array {
  const expanded = createHash('sha512').update(ed25519.secret.pkcs8.slice(-32)).digest()
  const head = expanded.subarray(0, 32)
  head[0] = (head[0] ?? 0) & 248
  head[31] = ((head[31] ?? 0) & 127) | 64
  const challenge = createHash('sha512').update(encodedR).update(ed25519.key.spki.slice(-32)).update(data).digest()
  return concatBytes(encodedR, littleEndian((readLittleEndian(challenge) * readLittleEndian(head)) % L))
}

function pssWithMgf1OnSha1(): Uint8Array {
  return inFolder((folder) => {
    const path = join(folder, 'private.pem')
    writeFileSync(path, pkcs8Pem(rsa2048.secret), { mode: 0o600 })
    const options = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:32', 'rsa_mgf1_md:sha1'].flatMap((it) => ['-sigopt', it])
    return new Uint8Array(execFileSync('openssl', ['dgst', '-sha256', '-sign', path, ...options], { input: data }))
  })
}

function opensslVerifies(key: PublicKey, signature: Uint8Array, saltBytes: number): boolean {
  return inFolder((folder) => {
    const [keyPath, signaturePath] = [join(folder, 'public.pem'), join(folder, 'signature')]
    writeFileSync(keyPath, publicKeyPem(key))
    writeFileSync(signaturePath, signature)
    const options = ['rsa_padding_mode:pss', `rsa_pss_saltlen:${saltBytes}`].flatMap((it) => ['-sigopt', it])
    const command = ['dgst', '-sha256', '-verify', keyPath, '-signature', signaturePath, ...options]
    return spawnSync('openssl', command, { input: data }).status === 0
  })
}

/** A folder that is gone when `use` is done. */
function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readBigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function bigEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'))
}

function readLittleEndian(bytes: Uint8Array): bigint {
  return readBigEndian(Uint8Array.from(bytes).reverse())
}

function littleEndian(value: bigint): Uint8Array {
  return bigEndian(value, 32).reverse()
}
