// Signs a request by RFC 9421 with nothing but Node, sends it and prints the answer.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE node message-signatures.ts METHOD URL [BODY]
import { constants, createHash, createPrivateKey, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'

const { COUNTERSIGN_KEY_ID: keyId = '', COUNTERSIGN_KEY_FILE: keyFile = '' } = process.env
const [method = 'GET', url = '', body] = process.argv.slice(2)
const privateKey = createPrivateKey(readFileSync(keyFile))

function signatureHeaders(method: string, url: URL, body = ''): Record<string, string> {
  const covered = new Map([
    ['@method', method],
    ['@authority', url.host],
    ['@path', url.pathname],
  ])
  if (url.search) covered.set('@query', url.search)
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  if (body) covered.set('content-digest', digest)

  const names = [...covered.keys()].map((name) => `"${name}"`).join(' ')
  const created = Math.floor(Date.now() / 1000)
  const parameters = `(${names});created=${created};keyid="${keyId}";nonce="${randomUUID()}";tag="countersign"`
  const lines = [...covered].map(([name, value]) => `"${name}": ${value}\n`)
  const signature = signText(`${lines.join('')}"@signature-params": ${parameters}`).toString('base64')
  return {
    ...(body && { 'content-digest': digest }),
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature}:`,
  }
}

function signText(text: string): Buffer {
  if (privateKey.asymmetricKeyType === 'ed25519') return sign(null, Buffer.from(text), privateKey)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign('sha512', Buffer.from(text), { key: privateKey, padding, saltLength: 64 })
}

const headers = { ...signatureHeaders(method, new URL(url), body), ...(body && { 'content-type': 'application/json' }) }
const response = await fetch(url, body === undefined ? { method, headers } : { method, headers, body })
console.log(response.status, await response.text())
process.exitCode = response.ok ? 0 : 1
