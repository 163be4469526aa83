import { generateKeyPairSync, sign } from 'node:crypto'
import { ALGORITHMS, type PublicKey, parseSpki } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { loadNativeVerify } from './load-native-verify.ts'
import { bindOpenSsl } from './openssl/bindings.ts'

const pairs = { rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }), ed25519: generateKeyPairSync('ed25519') }

function publicKeyOf(type: 'rsa' | 'ed25519'): PublicKey {
  const key = parseSpki(pairs[type].publicKey.export({ type: 'spki', format: 'der' }))
  if ('problem' in key) throw new Error(key.message)
  return key
}

test('RSA is verified by node:crypto unless the caller asks for OpenSSL', () => {
  expect(loadNativeVerify().rsa).toBe('node')
  expect(loadNativeVerify({ rsa: 'node' }).rsa).toBe('node')
  expect(loadNativeVerify({ rsa: 'openssl' }).rsa).toBe(bindOpenSsl() ? 'openssl' : 'node')
})

test.each(['node', 'openssl'] as const)('keys of both types verify, and nothing else does: %s', async (rsa) => {
  const { importKey } = loadNativeVerify({ rsa })
  const data = Buffer.from('1703123456789GET/')
  const signatures = {
    rsa: sign('sha256', data, { key: pairs.rsa.privateKey, padding: 6, saltLength: 32 }),
    ed25519: sign(null, data, pairs.ed25519.privateKey),
  }
  for (const [type, name] of [
    ['rsa', 'rsa-pss-sha256'],
    ['ed25519', 'ed25519'],
  ] as const) {
    const key = await importKey(publicKeyOf(type))
    const verdicts = [data, data, Buffer.from('else')].map((each) =>
      key.verify(ALGORITHMS[name], each, signatures[type]),
    )
    expect(verdicts, type).toEqual([true, true, false])
    const other = type === 'rsa' ? 'ed25519' : 'rsa-pss-sha256'
    expect(key.verify(ALGORITHMS[other], data, signatures[type])).toBe(false)
  }
})
