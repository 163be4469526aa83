import type { GenerateKeyRequest } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { ApiError } from '@countersign/client'
import { parsePrivateKey, pkcs8Pem } from '@countersign/protocol'
import type { Call } from '../../api/connection.ts'
import { makeKeyPair } from '../../keys/make-key-pair.ts'
import { readSavedKey } from '../../keys/read-saved-key.ts'

/** The key to make, and where. */
export interface KeyToMake {
  /** The account that an operator makes it for; absent for the caller's account. */
  readonly accountId: string | undefined
  readonly madeBy: 'browser' | 'server'
  readonly keyType: 'rsa' | 'ed25519'
  readonly body: GenerateKeyRequest
}

/** A new key with its private key. */
export interface MadeKey {
  readonly keyId: string
  readonly fingerprint: string
  readonly privateKeyPem: string
}

/** The server made a key, and its answer with the private key was lost. */
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
 * Makes a key in this browser, so that the server gets the public key only, or on the server. Where an answer is lost it
 * asks again with the same Idempotency-Key, so that no key is made twice.
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
    if (saved.kind !== 'private') throw new Error('the server did not send a private key')
    // PKCS#8 like the keys of this browser: every toolkit reads it.
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

/** Asks again while no answer comes. A refusal because the key was already made counts as an answer. */
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
