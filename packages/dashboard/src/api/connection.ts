import { whoAmI } from '@countersign/api/calls'
import { ApiError, type CallApi, createCallApi, createSignedFetch, UnusableIdError } from '@countersign/client'
import { deployment, firstNonce } from '../deployment.ts'
import { observeDate, serverNow } from './server-clock.ts'

/** Calls the API; rejects with `ApiError` where the server refuses, with `TypeError` where it is not reached. */
export type Call = CallApi

/** Calls that need no signature. */
export const callPublic: Call = createCall(watchedFetch)

/** Calls signed by this browser's key, each with a nonce of the server. */
export function createSessionCall(keyId: string, privateKey: CryptoKey, onRefused: (error: ApiError) => void): Call {
  const signed = createSignedFetch({
    keyId,
    privateKey,
    baseUrl: location.origin,
    tag: deployment.signatureTag,
    serverNonce: firstNonce || true,
    now: serverNow,
    fetch: watchedFetch,
  })
  return createCall(signed, onRefused)
}

/** Sends a test request signed with a key that was just saved; rejects with `ApiError` where the server refuses it. */
export async function tryKey(keyId: string, privateKeyPem: string): Promise<void> {
  const signed = createSignedFetch({
    keyId,
    privateKey: privateKeyPem,
    baseUrl: location.origin,
    tag: deployment.signatureTag,
    now: serverNow,
    fetch: watchedFetch,
    maxWaitMs: 0,
  })
  await createCall(signed)(whoAmI)
}

function createCall(send: typeof globalThis.fetch, onRefused?: (error: ApiError) => void): Call {
  const call = createCallApi({
    url: location.origin + deployment.publicPrefix,
    basePath: deployment.basePath,
    fetch: send,
    now: serverNow,
  })
  return async (asked, ...parts) => {
    try {
      return await call(asked, ...parts)
    } catch (error) {
      if (error instanceof ApiError) onRefused?.(error)
      // The address of a page may hold any text as an id.
      if (error instanceof UnusableIdError) throw new ApiError({ status: 404, code: 'not_found', message: 'not found' })
      throw error
    }
  }
}

async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sentAt = Date.now()
  const response = await fetch(input, { ...init, cache: 'no-store', credentials: 'omit' })
  observeDate(response, sentAt, Date.now())
  return response
}
