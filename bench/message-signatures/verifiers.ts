import { constants, verify as verifyByNode } from 'node:crypto'
import { coverageProblem, readMessageSignatures, verifyMessage } from '@countersign/protocol'
import { createVerifier, httpbis } from 'http-message-signatures'
import { verify as verifyWebBotAuth } from 'web-bot-auth'
import { AUTHORITY, type Kind, type SignedHeaders, type Signer, TARGET } from '../gate/requests.ts'

const URL_TEXT = `https://${AUTHORITY}${TARGET}`

/** This project's protocol package: read, check what is covered, verify. */
export async function verifyByProtocol({ verifying }: Signer, requests: readonly SignedHeaders[]): Promise<void> {
  for (const headers of requests) {
    const header = (name: string) => headers[name]
    const message = { method: 'POST', target: TARGET, authority: AUTHORITY, scheme: 'https', header }
    const read = readMessageSignatures(header)
    const [signature] = 'problem' in read ? [] : read
    const isCovered = signature && !coverageProblem(signature, { ...message, hasBody: true })
    if (!isCovered || !(await verifyMessage(signature, message, verifying))) refused()
  }
}

/** The package `http-message-signatures`, its own verifier over a key object, the same coverage asked for. */
export function createHttpMessageSignatures(
  kind: Kind,
  { keyId, publicKey }: Signer,
  requests: readonly SignedHeaders[],
): () => Promise<void> {
  const algorithm = algorithmOf(kind)
  const key = { id: keyId, algs: [algorithm], verify: createVerifier(publicKey, algorithm) }
  const keyLookup = async () => key
  const requiredFields = ['@method', '@authority', '@path', 'content-digest']
  const requiredParams = ['created', 'keyid', 'nonce']
  return async () => {
    for (const headers of requests) {
      const request = { method: 'POST', url: URL_TEXT, headers }
      if (!(await httpbis.verifyMessage({ keyLookup, requiredFields, requiredParams }, request))) refused()
    }
  }
}

/** The package `web-bot-auth`, over the same `crypto.verify` as the others; its Request objects are made beforehand. */
export function createWebBotAuth(
  kind: Kind,
  { publicKey }: Signer,
  requests: readonly SignedHeaders[],
): () => Promise<void> {
  const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
  const isRsa = algorithmOf(kind) === 'rsa-pss-sha512'
  const made = requests.map((headers) => new Request(URL_TEXT, { method: 'POST', headers }))
  return async () => {
    for (const request of made) {
      await verifyWebBotAuth(request, async (data, signature) => {
        const isValid = isRsa
          ? verifyByNode('sha512', Buffer.from(data), pss, signature)
          : verifyByNode(null, Buffer.from(data), publicKey, signature)
        if (!isValid) refused()
      })
    }
  }
}

function algorithmOf(kind: Kind): 'rsa-pss-sha512' | 'ed25519' {
  return kind.endsWith('rsa') ? 'rsa-pss-sha512' : 'ed25519'
}

function refused(): never {
  throw new Error('a correct signature was refused')
}
