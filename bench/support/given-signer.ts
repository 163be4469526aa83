import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { fingerprintOf, parseSpki } from '@countersign/protocol'
import { openDatabase } from '../../packages/server/src/storage/database.ts'
import { migrate } from '../../packages/server/src/storage/migrate.ts'
import { givenAccount, givenApiKey } from '../../packages/server/test/records.ts'

/** Whose requests a benchmark sends, and where servers find the key. */
export interface GivenSigner {
  readonly signer: { readonly keyId: string; readonly privateKey: KeyObject }
  readonly databaseUrl: string
  readonly publicKeyPem: string
}

/** An RSA key with an allowlist, in a database of its own. */
export async function givenSigner(folder: string, network: string): Promise<GivenSigner> {
  const databaseUrl = `sqlite:${join(folder, 'countersign.db')}`
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = parseSpki(publicKey.export({ type: 'spki', format: 'der' }))
  if ('problem' in key) throw new Error(key.message)
  const database = await openDatabase(databaseUrl)
  await migrate(database, Date.now())
  const { accountId } = await givenAccount(database, { tier: 'unlimited' })
  const { apiKeyId } = await givenApiKey(database, accountId, {
    keyType: 'rsa',
    publicKey: key.spki,
    fingerprint: await fingerprintOf(key),
    ipAllowlist: [network],
  })
  await database.close()
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { signer: { keyId: apiKeyId, privateKey }, databaseUrl, publicKeyPem }
}
