import { constants, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { bootstrap } from '@countersign/server'

/** Who signs: an API key and its private key. */
export interface KeyHolder {
  readonly keyId: string
  readonly privateKey: KeyObject
}

/** The first key of an account, as `bootstrap` issued it. */
export interface Bootstrapped extends KeyHolder {
  readonly accountId: string
  /** The private key as it was handed out. */
  readonly pem: string
}

/** Issues a key on the database; the account is made where there is none of that name, with a tier that limits no test. */
export async function bootstrapKey(
  databaseUrl: string,
  accountName: string,
  keyType: 'rsa' | 'ed25519' = 'ed25519',
  tier = 'prestige',
): Promise<Bootstrapped> {
  const { account, apiKey } = await bootstrap({ databaseUrl, accountName, keyType, tier })
  return { ...keyHolder(apiKey.apiKeyId, apiKey.privateKey), accountId: account.id, pem: apiKey.privateKey }
}

/** A key holder from what `generate` answers with. */
export function keyHolder(keyId: string, pem: string): KeyHolder {
  return { keyId, privateKey: createPrivateKey(pem) }
}

/** The header names, as clients of the default wire send them. */
export const ACCESS = {
  key: 'KALSHI-ACCESS-KEY',
  timestamp: 'KALSHI-ACCESS-TIMESTAMP',
  signature: 'KALSHI-ACCESS-SIGNATURE',
} as const

let lastTimestamp = 0

/** Now, but never the same twice: an Ed25519 key signs equal texts equally, and a server may take that for a replay. */
function nextTimestamp(): number {
  lastTimestamp = Math.max(Date.now(), lastTimestamp + 1)
  return lastTimestamp
}

/** The three headers of a request, written from docs/wire.md section 2 alone: nothing here is shared with the server. */
export function accessHeaders(
  { keyId, privateKey }: KeyHolder,
  method: string,
  target: string,
  timestamp: string | number = nextTimestamp(),
): Record<string, string> {
  const [path] = target.split('?', 1)
  const text = Buffer.from(`${timestamp}${method}${path}`)
  return {
    [ACCESS.key]: keyId,
    [ACCESS.timestamp]: String(timestamp),
    [ACCESS.signature]: signText(privateKey, text).toString('base64'),
  }
}

function signText(key: KeyObject, text: Buffer): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, text, key)
  return sign('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
}
