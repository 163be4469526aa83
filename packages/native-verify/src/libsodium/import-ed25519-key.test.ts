import { generateKeyPairSync, sign } from 'node:crypto'
import { ALGORITHMS, importVerifyingKey, type PublicKey, parseSpki, type VerifyingKey } from '@countersign/protocol'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  add,
  BASE,
  challenge,
  encodePoint,
  encodingsOf,
  L,
  littleEndian,
  multiply,
  NEUTRAL,
  TORSION,
} from '../../test/edwards.ts'
import { hasKnownVerdicts } from '../known-verdict.ts'
import { importEd25519Key, type VerifyDetached } from './import-ed25519-key.ts'
import { ED25519_VERDICTS } from './known-verdicts.ts'
import { loadLibsodium } from './load-libsodium.ts'

const ED25519 = ALGORITHMS.ed25519
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

let libsodium: VerifyDetached
beforeAll(() => {
  const loaded = loadLibsodium()
  if (!loaded) throw new Error('sodium-native has no binary for this machine')
  libsodium = loaded
})

/** The same public key by both backends. */
async function bothOf(key: PublicKey): Promise<{ node: VerifyingKey; sodium: VerifyingKey }> {
  return { node: await importVerifyingKey(key), sodium: importEd25519Key(key, libsodium) }
}

function accepted(spki: Uint8Array): PublicKey {
  const key = parseSpki(spki)
  if ('problem' in key) throw new Error(key.message)
  return key
}

function keyAt(point: Uint8Array): PublicKey {
  return accepted(Buffer.concat([SPKI_PREFIX, point]))
}

describe('Ed25519 by libsodium and by node:crypto', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = accepted(publicKey.export({ type: 'spki', format: 'der' }))
  const message = () => fc.uint8Array({ maxLength: 300 })

  test('agree on what the key signed, on any data, in views of any buffer', async () => {
    const { node, sodium } = await bothOf(key)
    fc.assert(
      fc.property(message(), fc.nat(9), (data, offset) => {
        const moved = Buffer.concat([Buffer.alloc(offset), data]).subarray(offset)
        const signature = sign(null, moved, privateKey)
        expect(sodium.verify(ED25519, moved, signature)).toBe(true)
        expect(node.verify(ED25519, moved, signature)).toBe(true)
      }),
    )
  })

  test('refuse it after any change of one byte, of signature, data or key', async () => {
    const both = await bothOf(key)
    const other = await bothOf(
      accepted(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })),
    )
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (data, at, by) => {
          const signature = new Uint8Array(sign(null, data, privateKey))
          for (const name of ['node', 'sodium'] as const) {
            expect(both[name].verify(ED25519, data, changed(signature, at, by))).toBe(false)
            expect(both[name].verify(ED25519, changed(data, at, by), signature)).toBe(false)
            expect(other[name].verify(ED25519, data, signature)).toBe(false)
          }
        },
      ),
    )
  })

  test('agree on random bytes of any length, all zero among them, and throw on none', async () => {
    const { node, sodium } = await bothOf(key)
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.nat(200).map((length) => new Uint8Array(length)),
    )
    fc.assert(
      fc.property(message(), anyBytes, (data, signature) => {
        expect(sodium.verify(ED25519, data, signature)).toBe(node.verify(ED25519, data, signature))
      }),
    )
    expect(sodium.verify(ALGORITHMS['rsa-pss-sha256'], new Uint8Array(1), new Uint8Array(64))).toBe(false)
  })

  test('agree on signatures made with the private key from points and scalars of every kind', async () => {
    const verdicts = { ordinary: new Set<boolean>(), mixedKey: new Set<boolean>() }
    const scalars = [3n, 2n ** 251n + 9n, L - 2n].map((scalar) => ({ scalar, point: multiply(scalar, BASE) }))
    const nonces = [{ scalar: 0n, point: NEUTRAL }, ...scalars]
    const keys = await Promise.all(
      scalars.flatMap(({ scalar, point }) =>
        TORSION.map(async (torsion, order) => {
          const a = encodePoint(add(point, torsion))
          return { scalar, order, a, ...(await bothOf(keyAt(a))) }
        }),
      ),
    )
    const commitments = nonces.flatMap(({ scalar, point }) =>
      TORSION.flatMap((torsion) =>
        encodingsOf(add(point, torsion)).map((r) => ({ scalar, r, isMoved: torsion !== NEUTRAL })),
      ),
    )
    const pick = <Item>(items: readonly Item[]) => fc.constantFrom(...items)
    fc.assert(
      fc.property(
        pick(keys),
        pick(commitments),
        fc.nat(15),
        fc.boolean(),
        message(),
        (signer, commitment, tops, isReduced, data) => {
          const h = challenge(commitment.r, signer.a, data)
          const s = ((commitment.scalar + h * signer.scalar) % L) + (isReduced ? 0n : BigInt(tops) * L)
          fc.pre(s < 2n ** 256n)
          const signature = Buffer.concat([commitment.r, littleEndian(s)])
          const verdict = signer.node.verify(ED25519, data, signature)
          expect(signer.sodium.verify(ED25519, data, signature)).toBe(verdict)
          if (isReduced && !commitment.isMoved && commitment.scalar !== 0n) {
            verdicts[signer.order === 0 ? 'ordinary' : 'mixedKey'].add(verdict === true)
          }
        },
      ),
      { numRuns: 3_000 },
    )
    expect(verdicts).toEqual({ ordinary: new Set([true]), mixedKey: new Set([true, false]) })
  })

  test('have the known verdicts', async () => {
    for (const { input, spki, signature, isValid } of ED25519_VERDICTS) {
      const { node, sodium } = await bothOf(accepted(Buffer.from(spki, 'base64')))
      const data = Buffer.from('1703123456789GET/trade-api/v2/portfolio/balance')
      const verdicts = [node, sodium].map((each) => each.verify(ED25519, data, Buffer.from(signature, 'base64')))
      expect(verdicts, input).toEqual([isValid, isValid])
    }
  })
})

describe('a verification with other verdicts is not used', () => {
  test.each<[string, (signature: Uint8Array, data: Uint8Array, point: Uint8Array) => boolean]>([
    ['that takes everything', () => true],
    ['that takes nothing', () => false],
    [
      'that throws',
      () => {
        throw new TypeError('not a binary for this machine')
      },
    ],
    ['that reduces S', (signature, data, point) => libsodium(reduced(signature), data, point)],
  ])('%s', (_, verify) => {
    expect(isTaken(verify)).toBe(false)
  })

  test('and every known verdict is needed', () => {
    for (const { input, signature, spki } of ED25519_VERDICTS) {
      const point = Buffer.from(spki, 'base64').subarray(-32)
      const contrary: VerifyDetached = (given, data, by) => {
        const isThis = Buffer.from(given).equals(Buffer.from(signature, 'base64'))
        return libsodium(given, data, by) !== (isThis && Buffer.from(by).equals(point))
      }
      expect(isTaken(contrary), input).toBe(false)
    }
    expect(isTaken(libsodium)).toBe(true)
  })
})

function isTaken(verify: VerifyDetached): boolean {
  return hasKnownVerdicts((key) => importEd25519Key(key, verify), ED25519_VERDICTS)
}

function changed(bytes: Uint8Array, at: number, by: number): Uint8Array {
  return bytes.map((byte, i) => (i === at % bytes.length ? byte ^ by : byte))
}

/** The signature with S below the group order, as a lenient verifier takes it. */
function reduced(signature: Uint8Array): Uint8Array {
  const s = signature.subarray(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  return Buffer.concat([signature.subarray(0, 32), littleEndian(s % L)])
}
