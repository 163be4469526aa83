import { execFileSync, spawnSync } from 'node:child_process'
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  ALGORITHMS,
  type AlgorithmName,
  importVerifyingKey,
  type PublicKey,
  parseSpki,
  type VerifyingKey,
} from '@countersign/protocol'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { hasKnownVerdicts, knownKey } from '../known-verdict.ts'
import { type Bound, bindOpenSsl, type OpenSsl } from './bindings.ts'
import { type ImportAtOnce, keyImporter } from './key-importer.ts'
import { RSA_VERDICTS } from './known-verdicts.ts'
import { loadOpenSsl } from './load-openssl.ts'
import { createRsaContexts, createVerifiers, type Verifiers } from './rsa-contexts.ts'

const PSS = constants.RSA_PKCS1_PSS_PADDING
const RSA_ALGORITHMS: readonly AlgorithmName[] = ['rsa-pss-sha256', 'rsa-pss-sha512']
const HASHES = ['sha256', 'sha512', 'sha1', 'sha384'] as const

const isHere = bindOpenSsl() !== undefined
if (!isHere && !process.env.CI)
  console.log('skipped: RSA by node:ffi, which needs Node 26.1 or later on Linux or macOS')
const ours = isHere || process.env.CI ? describe : describe.skip

function accepted(key: KeyObject): PublicKey {
  const parsed = parseSpki(key.export({ type: 'spki', format: 'der' }))
  if ('problem' in parsed) throw new Error(parsed.message)
  return parsed
}

function load(): ImportAtOnce {
  const importKey = loadOpenSsl()
  if (!importKey) throw new Error('OpenSSL cannot be called here')
  return importKey
}

/** A key whose next verification is not node:crypto's. */
function setUp(key: PublicKey): VerifyingKey {
  const verifying = load()(key)
  verifying.verify(ALGORITHMS['rsa-pss-sha256'], new Uint8Array(1), new Uint8Array(key.signatureBytes))
  return verifying
}

ours('RSA by OpenSSL itself and by node:crypto', () => {
  const pairs = [2048, 2048, 3072, 4096].map((modulusLength) => generateKeyPairSync('rsa', { modulusLength }))
  const signers = pairs.map(({ publicKey, privateKey }) => ({ privateKey, key: accepted(publicKey) }))
  const both = Promise.all(
    signers.map(async ({ privateKey, key }) => ({
      privateKey,
      direct: setUp(key),
      node: await importVerifyingKey(key),
    })),
  )
  const message = () => fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(0)))
  const signer = () => fc.nat(signers.length - 1)
  const algorithm = () => fc.constantFrom(...RSA_ALGORITHMS).map((name) => ALGORITHMS[name])

  test('agree on signatures of any digest and salt, by any of the keys in turn, in views of any buffer', async () => {
    const keys = await both
    const seen = new Set<boolean>()
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(message(), fc.nat(9), signer(), signer(), algorithm()),
        fc.constantFrom(...HASHES),
        fc.constantFrom(0, 1, 20, 32, 48, 64, 100),
        async ([data, offset, by, checkedBy, asked], hash, saltLength) => {
          const moved = Buffer.concat([Buffer.alloc(offset), data]).subarray(offset)
          const signature = sign(hash, moved, { key: keys[by]?.privateKey as KeyObject, padding: PSS, saltLength })
          const verdict = await keys[checkedBy]?.node.verify(asked, moved, signature)
          expect(keys[checkedBy]?.direct.verify(asked, moved, signature)).toBe(verdict)
          seen.add(verdict === true)
        },
      ),
      { numRuns: 400 },
    )
    expect(seen).toEqual(new Set([true, false]))
  })

  test('agree on data of any length, which goes to OpenSSL in pieces', async () => {
    const { privateKey, direct } = (await both)[0] as Awaited<typeof both>[number]
    for (const length of [0, 1, 1_023, 1_024, 1_025, 2_047, 2_048, 2_049, 16_384, 100_000]) {
      const data = Buffer.alloc(length, 'data')
      for (const hash of ['sha256', 'sha512'] as const) {
        const saltLength = hash === 'sha256' ? 32 : 64
        const signature = sign(hash, data, { key: privateKey, padding: PSS, saltLength })
        const asked = ALGORITHMS[`rsa-pss-${hash}`]
        expect([length, hash, direct.verify(asked, data, signature)]).toEqual([length, hash, true])
        const longer = Buffer.concat([data, Buffer.of(0)])
        expect([length, hash, direct.verify(asked, longer, signature)]).toEqual([length, hash, false])
      }
    }
  })

  test('refuse after any change of one byte, of signature or data, and accept again after that', async () => {
    const keys = await both
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        signer(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (data, by, at, change) => {
          const { privateKey, direct } = keys[by] as (typeof keys)[number]
          const signature = new Uint8Array(sign('sha256', data, { key: privateKey, padding: PSS, saltLength: 32 }))
          const asked = ALGORITHMS['rsa-pss-sha256']
          expect(direct.verify(asked, data, changed(signature, at, change))).toBe(false)
          expect(direct.verify(asked, changed(data, at, change), signature)).toBe(false)
          expect(direct.verify(asked, data, signature)).toBe(true)
        },
      ),
    )
  })

  test('agree on random bytes of any length, and on every block that a private key can wrap', async () => {
    const keys = await both
    const seen = new Set<boolean>()
    await fc.assert(
      fc.asyncProperty(
        message(),
        signer(),
        algorithm(),
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc.constantFrom('zeros', 'ones', 'modulus', 'one', 'wrapped', 'shorter', 'longer', 'empty'),
        ),
        fc.uint8Array({ minLength: 512, maxLength: 512 }),
        async (data, by, asked, kind, random) => {
          const { privateKey, direct, node } = keys[by] as (typeof keys)[number]
          const signature = typeof kind === 'string' ? special(kind, privateKey, random) : kind
          const verdict = await node.verify(asked, data, signature)
          expect(direct.verify(asked, data, signature)).toBe(verdict)
          seen.add(verdict === true)
        },
      ),
      { numRuns: 400 },
    )
    expect(seen).toEqual(new Set([false]))
  })

  test('have the known verdicts', async () => {
    const [node, direct] = [
      await importVerifyingKey(knownKey(RSA_VERDICTS[0]?.spki ?? '')),
      setUp(knownKey(RSA_VERDICTS[0]?.spki ?? '')),
    ]
    for (const { input, algorithm: name, signature, isValid } of RSA_VERDICTS) {
      const bytes = Buffer.from(signature, 'base64')
      const data = Buffer.from('1703123456789GET/trade-api/v2/portfolio/balance')
      const verdicts = [node, direct].map((key) => key.verify(ALGORITHMS[name], data, bytes))
      expect(verdicts, input).toEqual([isValid, isValid])
    }
  })

  test('a key of another type is the platform’s, and no algorithm of another type counts', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const data = Buffer.from('data')
    expect(load()(accepted(publicKey)).verify(ALGORITHMS.ed25519, data, sign(null, data, privateKey))).toBe(true)
    const rsa = setUp(signers[0]?.key as PublicKey)
    expect(rsa.verify(ALGORITHMS.ed25519, data, new Uint8Array(256))).toBe(false)
  })

  test('what says another length of itself, or is no bytes, reads nothing that is not there', () => {
    const direct = setUp(signers[0]?.key as PublicKey)
    const asked = ALGORITHMS['rsa-pss-sha256']
    const lying = Object.defineProperty(new Uint8Array(4), 'length', { value: 1e11 })
    const short = Object.defineProperty(new Uint8Array(4), 'length', { value: 256 })
    expect(direct.verify(asked, lying, new Uint8Array(256))).toBe(false)
    expect(direct.verify(asked, new Uint8Array(4), short)).toBe(false)
    const long = Object.defineProperty(new Uint8Array(5_000), 'length', { value: 256 })
    expect(() => direct.verify(asked, new Uint8Array(4), long)).toThrow(RangeError)
    expect(direct.verify(asked, long, new Uint8Array(256))).toBe(false)
    for (const no of ['text', undefined, null, new Uint16Array(256), { length: 256 }]) {
      expect(() => direct.verify(asked, no as never, new Uint8Array(256))).toThrow(TypeError)
    }
  })

  test('a refusal leaves nothing in the queue of errors that node:crypto reads', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const direct = setUp(signers[0]?.key as PublicKey)
    for (const fill of [0, 1, 255]) {
      direct.verify(ALGORITHMS['rsa-pss-sha256'], new Uint8Array(3), new Uint8Array(256).fill(fill))
    }
    expect(() => createPublicKey('no key')).toThrow(/unsupported|PEM|DECODER/)
    expect(createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' }).asymmetricKeyType).toBe(
      'ed25519',
    )
  })
})

ours('what is allocated', () => {
  const key = accepted(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)

  test('nothing for a key that verifies once', () => {
    const { bound, made } = counting()
    const verifying = keyImporter(bound)?.(key)
    made.clear()
    const verify = () => verifying?.verify(ALGORITHMS['rsa-pss-sha256'], new Uint8Array(1), new Uint8Array(256))
    expect([verify(), made.size]).toEqual([false, 0])
    expect([verify(), verify(), made.get('key'), made.get('context')]).toEqual([false, false, 1, 2])
  })

  test('all of it is freed when the key is forgotten', async () => {
    const { bound, made, freed } = counting()
    for (let i = 0; i < 50; i++) createRsaContexts(bound, createVerifiers(bound) as Verifiers, key.spki)
    expect(made).toEqual(new Map(Object.entries({ key: 50, context: 100, hasher: 100 })))
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await vi.waitFor(
      () => {
        collect()
        expect([freed.get('key'), freed.get('context'), freed.get('hasher')]).toEqual([50, 100, 100])
      },
      { timeout: 20_000 },
    )
  })

  test('a key that cannot be set up is node:crypto’s for ever, and leaves nothing behind', () => {
    const signature = Buffer.from(RSA_VERDICTS[0]?.signature ?? '', 'base64')
    const data = Buffer.from('1703123456789GET/trade-api/v2/portfolio/balance')
    for (const failing of [
      'd2i_PUBKEY',
      'EVP_PKEY_CTX_new',
      'EVP_PKEY_verify_init',
      'EVP_PKEY_CTX_set_signature_md',
    ] as const) {
      const { bound, made, freed } = counting()
      const importKey = keyImporter(bound)
      bound.openSsl[failing] = () => 0 as never
      made.clear()
      freed.clear()
      const verifying = importKey?.(knownKey(RSA_VERDICTS[0]?.spki ?? ''))
      const verdicts = [1, 2, 3].map(() => verifying?.verify(ALGORITHMS['rsa-pss-sha256'], data, signature))
      expect(verdicts, failing).toEqual([true, true, true])
      expect([failing, freed.get('key') ?? 0, freed.get('context') ?? 0]).toEqual([
        failing,
        made.get('key') ?? 0,
        made.get('context') ?? 0,
      ])
    }
  })
})

const BROKEN: readonly (readonly [what: string, broken: Partial<OpenSsl>])[] = [
  ['accepts all', { EVP_PKEY_verify: () => 1 }],
  ['refuses all', { EVP_PKEY_verify: () => 0 }],
  ['reads no key', { d2i_PUBKEY: () => 0n, EVP_PKEY_verify: () => 1 }],
]

ours('a fault of OpenSSL, once it is used', () => {
  const data = Buffer.from('1703123456789GET/trade-api/v2/portfolio/balance')
  const signature = Buffer.from(RSA_VERDICTS[0]?.signature ?? '', 'base64')

  function inUse(): { openSsl: OpenSsl; verify: () => unknown } {
    const { bound } = counting()
    const key = keyImporter(bound)?.(knownKey(RSA_VERDICTS[0]?.spki ?? ''))
    const verify = () => key?.verify(ALGORITHMS['rsa-pss-sha256'], data, signature)
    expect([verify(), verify()]).toEqual([true, true])
    return { openSsl: bound.openSsl, verify }
  }

  test.each(['EVP_DigestInit_ex2', 'EVP_DigestUpdate', 'EVP_DigestFinal_ex'] as const)(
    'a digest that cannot be made is never that of the data before: %s',
    (failing) => {
      const { openSsl, verify } = inUse()
      openSsl[failing] = () => 0
      expect(verify).toThrow('OpenSSL could not make a digest')
    },
  )

  test.each([-1, -2, 2])('a verdict of %i is no yes', (verdict) => {
    const { openSsl, verify } = inUse()
    openSsl.EVP_PKEY_verify = () => verdict
    expect(verify()).toBe(false)
  })
})

ours('Node’s warning', () => {
  test('that node:ffi is experimental is printed, and so is what Node warns of afterwards', () => {
    const program = `
      import { loadOpenSsl } from ${JSON.stringify(fileURLToPath(new URL('load-openssl.ts', import.meta.url)))}
      if (!loadOpenSsl()) throw new Error('not loaded')
      process.emitWarning('another one')`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program])
    expect(stderr.toString()).toContain('FFI is an experimental feature')
    expect(stderr.toString()).toContain('another one')
  })
})

ours('is not used', () => {
  test.each(BROKEN)('where OpenSSL %s', (what, broken) => {
    const { bound } = counting()
    Object.assign(bound.openSsl, broken)
    const importKey = keyImporter(bound)
    // Where no key can be set up, node:crypto does all of it, and its verdicts are the known ones.
    if (what === 'reads no key') expect(importKey && hasKnownVerdicts(importKey, RSA_VERDICTS)).toBe(true)
    else expect(importKey).toBeUndefined()
  })

  test.each([
    ['node:ffi is off', ['--no-experimental-ffi']],
    ['node:ffi is not permitted', ['--permission', '--allow-fs-read=*']],
  ])('where %s', (_, flags) => {
    const program = `
      import { loadOpenSsl } from ${JSON.stringify(fileURLToPath(new URL('load-openssl.ts', import.meta.url)))}
      console.log(loadOpenSsl())`
    const printed = execFileSync(process.execPath, [...flags, '--input-type=module-typescript', '-e', program])
    expect(printed.toString()).toBe('undefined\n')
  })
})

/** The functions themselves, and what they allocated and freed. */
function counting(): { bound: Bound & { openSsl: OpenSsl }; made: Map<string, number>; freed: Map<string, number> } {
  const bound = bindOpenSsl()
  if (!bound) throw new Error('OpenSSL cannot be called here')
  const [made, freed] = [new Map<string, number>(), new Map<string, number>()]
  const count = (counts: Map<string, number>, what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  const { openSsl } = bound
  const counted: OpenSsl = {
    ...openSsl,
    d2i_PUBKEY(...given) {
      count(made, 'key')
      return openSsl.d2i_PUBKEY(...given)
    },
    EVP_PKEY_CTX_new(...given) {
      count(made, 'context')
      return openSsl.EVP_PKEY_CTX_new(...given)
    },
    EVP_MD_CTX_new() {
      count(made, 'hasher')
      return openSsl.EVP_MD_CTX_new()
    },
    EVP_MD_CTX_free(context) {
      count(freed, 'hasher')
      openSsl.EVP_MD_CTX_free(context)
    },
    EVP_PKEY_free(key) {
      count(freed, 'key')
      openSsl.EVP_PKEY_free(key)
    },
    EVP_PKEY_CTX_free(context) {
      count(freed, 'context')
      openSsl.EVP_PKEY_CTX_free(context)
    },
  }
  return { bound: { ...bound, openSsl: counted }, made, freed }
}

function special(kind: string, privateKey: KeyObject, random: Uint8Array): Uint8Array {
  const bytes = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  if (kind === 'zeros') return new Uint8Array(bytes)
  if (kind === 'ones') return new Uint8Array(bytes).fill(255)
  if (kind === 'one') return new Uint8Array(bytes).fill(1, bytes - 1)
  if (kind === 'modulus') return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).n ?? '', 'base64url')
  if (kind === 'empty') return new Uint8Array(0)
  const block = Uint8Array.from(random.subarray(0, bytes))
  block[0] = 0
  const wrapped = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block)
  return kind === 'shorter' ? wrapped.subarray(1) : kind === 'longer' ? Buffer.concat([wrapped, Buffer.of(0)]) : wrapped
}

function changed(bytes: Uint8Array, at: number, by: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const place = at % copy.length
  copy[place] = (copy[place] ?? 0) ^ by
  return copy
}
