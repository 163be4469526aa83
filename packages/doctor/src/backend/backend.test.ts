import { constants, generateKeyPairSync, privateDecrypt, randomBytes, sign } from 'node:crypto'
import { parseSpki } from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { backend as node } from './node.ts'
import { backend as web } from './web.ts'

describe('both backends', () => {
  test.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const)('digest by %s alike', async (hash) => {
    const data = new Uint8Array(randomBytes(100))
    expect(Buffer.from(await web.digest(hash, data)).toString('hex')).toBe(
      Buffer.from(await node.digest(hash, data)).toString('hex'),
    )
  })

  test.each([2048, 3072, 2056])('open a signature of an RSA key of %d bits alike', async (modulusLength) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
    const key = parseSpki(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
    if ('problem' in key) throw new Error(key.message)
    const small = new Uint8Array(key.signatureBytes)
    small[small.length - 1] = 7
    const opened = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, small)
    for (const signature of [
      sign('sha256', Buffer.from('x'), privateKey),
      opened,
      randomBytes(key.signatureBytes).fill(0, 0, 1),
    ]) {
      const bytes = await node.openRsa(key, new Uint8Array(signature))
      expect(bytes?.length).toBe(key.signatureBytes)
      expect(
        Buffer.from((await web.openRsa(key, new Uint8Array(signature))) ?? []).equals(bytes ?? Buffer.alloc(0)),
      ).toBe(true)
    }
    const tooLarge = new Uint8Array(key.signatureBytes).fill(0xff)
    expect(await node.openRsa(key, tooLarge)).toBeUndefined()
    expect(await web.openRsa(key, tooLarge)).toBeUndefined()
  })
})
