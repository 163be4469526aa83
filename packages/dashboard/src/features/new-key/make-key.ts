import type { GenerateKeyRequest } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { ApiError } from '@countersign/client'
import { parsePrivateKey, pkcs8Pem } from '@countersign/protocol'
import type { Call } from '../../api/connection.ts'
import { makeKeyPair } from '../../keys/make-key-pair.ts'
import { readSavedKey } from '../../keys/read-saved-key.ts'

/** What to make, and where. */
export interface KeyToMake {
  /** The account that it is for, where an operator makes it for another one. */
  readonly accountId: string | undefined
  readonly madeBy: 'browser' | 'server'
  readonly keyType: 'rsa' | 'ed25519'
  readonly body: GenerateKeyRequest
}

/** A new key, its private key with it. */
export interface MadeKey {
  readonly keyId: string
  readonly fingerprint: string
  readonly privateKeyPem: string
}

/** The server has made a key, and its answer with the private key was lost. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer'
  readonly keyId: string

  constructor(keyId: string) {
    super('the answer with the private key was lost')
    this.keyId = keyId
  }
}

const ATTEMPTS = 3

/**
 * Makes a key: here, so that the server is told the public key only, or there. A lost answer is asked for again under the
 * same Idempotency-Key, so that nothing is made twice.
 */
export async function makeKey(call: Call, { accountId, madeBy, keyType, body }: KeyToMake): Promise<MadeKey> {
  const idempotencyKey = crypto.randomUUID()
  if (madeBy === 'server') {
    const parts = { body: { ...body, key_type: keyType }, idempotencyKey }
    const answer = await again(() =>
      accountId === undefined
        ? call(calls.generateApiKey, parts)
        : call(calls.generateAccountKey, { ...parts, params: { account: accountId } }),
    )
    if ('madeId' in answer) throw new LostAnswer(answer.madeId)
    const saved = await readSavedKey(answer.private_key)
    if (saved.kind !== 'private') throw new Error('the server sent something else than a private key')
    // One form for all toolkits, whoever made the key.
    const privateKeyPem = pkcs8Pem(parsePrivateKey(answer.private_key))
    return { keyId: answer.api_key_id, fingerprint: saved.fingerprint, privateKeyPem }
  }
  const pair = await makeKeyPair(keyType)
  const parts = { body: { ...body, public_key: pair.publicKeyPem }, idempotencyKey }
  const answer = await again(() =>
    accountId === undefined
      ? call(calls.createApiKey, parts)
      : call(calls.createAccountKey, { ...parts, params: { account: accountId } }),
  )
  const keyId = 'madeId' in answer ? answer.madeId : answer.api_key_id
  return { keyId, fingerprint: pair.fingerprint, privateKeyPem: pair.privateKeyPem }
}

/** Asks again where no answer came; an answer that the key has been made is one. */
async function again<Answer>(ask: () => Promise<Answer>): Promise<Answer | { readonly madeId: string }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof ApiError && error.code === 'already_made' && error.details) return { madeId: error.details }
      if (error instanceof ApiError || attempt === ATTEMPTS) throw error
    }
  }
}
