import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type PublicKey, parsePublicKey } from './key.ts'
import { parsePrivateKey, pkcs8Pem } from './private-key.ts'
import { fingerprintOf, importSigningKey, importVerifyingKey, publicKeyOf } from './ready-key.ts'

describe.each([
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['Ed25519', generateKeyPairSync('ed25519')],
])('of an %s key', (_, { privateKey, publicKey }) => {
  const key = parsePrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  const publicPem = publicKey.export({ format: 'pem', type: 'spki' }).toString()

  it('the public half is the one that node:crypto and openssl derive', async () => {
    const half = await publicKeyOf(key)
    expect(Buffer.from(half.spki)).toEqual(publicKey.export({ format: 'der', type: 'spki' }))
    expect(half).toEqual(parsePublicKey(publicPem))
    expect(execFileSync('openssl', ['pkey', '-pubout'], { input: pkcs8Pem(key) }).toString()).toBe(publicPem)
  })

  it('the fingerprint is the one that openssl computes', async () => {
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: publicPem })
    const digest = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der })
    expect(await fingerprintOf(parsePublicKey(publicPem) as PublicKey)).toBe(digest.toString('base64url'))
  })

  it('the ready keys tell their type, and the verifying key is the public key', async () => {
    const half = await publicKeyOf(key)
    expect((await importSigningKey(key)).type).toBe(key.type)
    expect(await importVerifyingKey(half)).toMatchObject(half)
    expect(importVerifyingKey(half)).not.toBeInstanceOf(Promise)
  })

  it('a ready signing key shows nothing of the private key', async () => {
    const signer = await importSigningKey(key)
    expect(Object.keys(signer).sort()).toEqual(['sign', 'type'])
  })
})
