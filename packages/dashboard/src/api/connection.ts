import { type OperationId, ROUTES, type Route } from '@countersign/api/routes'
import { ApiError, createSignedFetch, errorOf, UNEXPECTED_ANSWER } from '@countersign/client'
import { deployment, firstNonce } from '../deployment.ts'
import { observeDate, serverNow } from './server-clock.ts'

/** What a call is given beside its name. */
export interface CallParts {
  readonly params?: Readonly<Record<string, string>>
  /** Absent and empty values are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls the API; rejects with `ApiError` where the server refuses, with `TypeError` where it is not reached. */
export type Call = <Answer>(operation: OperationId, parts?: CallParts) => Promise<Answer>

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
  const call = createCall(signed)
  return async (operation, parts) => {
    try {
      return await call(operation, parts)
    } catch (error) {
      if (error instanceof ApiError) onRefused(error)
      throw error
    }
  }
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
  await createCall(signed)('whoAmI')
}

function createCall(send: typeof globalThis.fetch): Call {
  return async <Answer>(operation: OperationId, { params = {}, query = {}, body, headers }: CallParts = {}) => {
    const { method, under, path }: Route = ROUTES[operation]
    const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
    const response = await send(
      location.origin + (under === 'root' ? '' : deployment.basePath) + place + search(query),
      {
        method,
        cache: 'no-store',
        credentials: 'omit',
        headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      },
    )
    if (!response.ok) throw await errorOf(response, serverNow())
    if (response.status === 204) return undefined as Answer
    return readJson<Answer>(response)
  }
}

async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sentAt = Date.now()
  const response = await fetch(input, init)
  observeDate(response, sentAt, Date.now())
  return response
}

async function readJson<Answer>(response: Response): Promise<Answer> {
  try {
    return await response.json()
  } catch {
    const message = 'the answer is no JSON: something between this page and the server has changed it'
    throw new ApiError({ status: response.status, code: UNEXPECTED_ANSWER, message })
  }
}

function search(query: NonNullable<CallParts['query']>): string {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
