import type { ServerResponse } from 'node:http'
import { type Allowed, type Denied, refusalReply } from '@countersign/gate'
import type { Settings } from '../config/settings.ts'

/** The headers of every 200, empty if there is no value. So no client's copy reaches the upstream. */
const IDENTITY_HEADERS = [
  'X-Countersign-Account',
  'X-Countersign-Key',
  'X-Countersign-Scopes',
  'X-Countersign-Subaccount',
  'X-Countersign-Profile',
  'X-Countersign-Digest',
] as const

/** Lets a request pass with its caller; without one on a public route. */
export function answerAllowed(
  response: ServerResponse,
  requestId: string,
  { allowed, uncheckedDigest }: Allowed,
): void {
  if (!allowed) {
    answerUnidentified(response, requestId)
    return
  }
  const { accountId, externalId, keyId, scopes, subaccount, profile } = allowed
  response.writeHead(200, [
    'X-Countersign-Account',
    headerSafe(externalId) ?? accountId,
    'X-Countersign-Key',
    keyId,
    'X-Countersign-Scopes',
    scopes.join(' '),
    'X-Countersign-Subaccount',
    subaccount === undefined ? '' : `${subaccount}`,
    'X-Countersign-Profile',
    profile,
    'X-Countersign-Digest',
    uncheckedDigest === undefined ? 'none' : 'unchecked',
    'X-Countersign-Request-Id',
    requestId,
    'Cache-Control',
    'no-store',
    'Content-Length',
    '0',
  ])
  response.end()
}

/** Lets a request pass that would be refused, in `mode: observe`: it has no caller. */
export function answerObserved(response: ServerResponse, requestId: string, { denied }: Denied): void {
  answerUnidentified(response, requestId, ['X-Countersign-Observed', denied])
}

function answerUnidentified(response: ServerResponse, requestId: string, also: readonly string[] = []): void {
  response.writeHead(200, [
    ...IDENTITY_HEADERS.flatMap((name) => [name, '']),
    ...['X-Countersign-Request-Id', requestId],
    ...also,
    ...['Cache-Control', 'no-store'],
    ...['Content-Length', '0'],
  ])
  response.end()
}

/**
 * Refuses. nginx passes on only 401 and 403, and no body. So the real status and body also travel in headers, and the
 * recipe's `error_page` renders them (docs/integrating.md).
 */
export function answerRefused(
  response: ServerResponse,
  requestId: string,
  refusal: Denied,
  source: Settings['authorize']['source'],
): void {
  const { status, headers: rendered, body } = refusalReply(refusal)
  const headers = ['X-Countersign-Request-Id', requestId, 'X-Request-Id', requestId, 'Content-Length', `${body.length}`]
  for (const name in rendered) headers.push(name, rendered[name] ?? '')
  if (source === 'nginx') {
    headers.push('X-Countersign-Status', `${status}`, 'X-Countersign-Refusal', body)
    response.writeHead(status === 401 ? 401 : 403, headers)
  } else response.writeHead(status, headers)
  response.end(body, 'latin1')
}

function headerSafe(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) ? text : undefined
}
