// Signs a request by access headers with nothing but Node, sends it and prints the answer.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE node access-headers.ts METHOD URL [BODY]
import { constants, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

const { COUNTERSIGN_KEY_ID: keyId = '', COUNTERSIGN_KEY_FILE: keyFile = '' } = process.env
const [method = 'GET', url = '', body] = process.argv.slice(2)
const privateKey = createPrivateKey(readFileSync(keyFile))

function accessHeaders(method: string, url: URL): Record<string, string> {
  const timestamp = String(Date.now())
  return {
    'KALSHI-ACCESS-KEY': keyId,
    'KALSHI-ACCESS-TIMESTAMP': timestamp,
    'KALSHI-ACCESS-SIGNATURE': signText(timestamp + method + url.pathname).toString('base64'),
  }
}

function signText(text: string): Buffer {
  if (privateKey.asymmetricKeyType === 'ed25519') return sign(null, Buffer.from(text), privateKey)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign('sha256', Buffer.from(text), { key: privateKey, padding, saltLength: 32 })
}

const headers = { ...accessHeaders(method, new URL(url)), ...(body && { 'content-type': 'application/json' }) }
const response = await fetch(url, body === undefined ? { method, headers } : { method, headers, body })
console.log(response.status, await response.text())
process.exitCode = response.ok ? 0 : 1
