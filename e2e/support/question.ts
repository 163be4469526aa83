import { type Answer, call } from './call.ts'
import { accessHeaders, type KeyHolder } from './key-holder.ts'

/** A question of a proxy about one request. */
export interface Question {
  readonly method?: string
  readonly target?: string
  /** The caller's address, as the proxy tells it. */
  readonly ip?: string
  /** Signs the request. */
  readonly as?: KeyHolder
  /** Beside and instead of those that make up the above. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a data plane said, in the words of the contract. */
export interface Said {
  /** The status that the caller is to see: 200 where the request may pass. */
  readonly status: number
  readonly refusal: string
  readonly retryAfter: string | undefined
}

/** Asks a data plane as nginx does. */
export async function askAuthorize(authorizePort: number, question: Question): Promise<Said> {
  return read(await call({ port: authorizePort }, 'GET', '/authorize', { headers: put(question) }))
}

function put({
  method = 'GET',
  target = '/orders',
  ip = '203.0.113.7',
  as,
  headers,
}: Question): Record<string, string> {
  return {
    'X-Original-Method': method,
    'X-Original-URI': target,
    'X-Forwarded-For': ip,
    ...(as && accessHeaders(as, method, target)),
    ...headers,
  }
}

function read({ status, headers }: Answer): Said {
  const told = headers['x-countersign-status']
  return {
    status: told === undefined ? status : Number(told),
    refusal: headers['x-countersign-refusal'] ?? '',
    retryAfter: headers['retry-after'],
  }
}
