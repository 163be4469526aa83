import { names, type TestHeaders } from './fixtures.ts'

/** A request as plain data, so that it can be told apart and shown. */
export interface FuzzedRequest {
  readonly method: string
  readonly target: string
  readonly ip: string
  readonly headers: TestHeaders
  readonly body?: Uint8Array
}

const HEADER_NAMES = [
  ...Object.values(names),
  'signature-input',
  'signature',
  'content-digest',
  'content-length',
  'transfer-encoding',
  'host',
  'upgrade',
]

/** Pieces that mean something to one of the readers. */
const PIECES = [
  ...[
    '',
    ' ',
    '\t',
    '\r\n',
    '\u0000',
    '\u007f',
    'é',
    '\ud800',
    '１',
    '"',
    '\\',
    '\\"',
    ',',
    ';',
    '=',
    ':',
    '::',
    '(',
    ')',
  ],
  ...['/', '//', '/./', '/../', '?', '??', '#', '%', '%2f', '%2F', '%00', '%zz', '%6f', '*', '@', '-', '+', '_', '.'],
  ...['0', '-1', '1e3', '9'.repeat(15), '9'.repeat(40), '1703123456', 'true', 'null', 'NaN', '__proto__', 'toString'],
  ...[
    'sig1=',
    ';created=',
    ';created=1;created=1',
    ';expires=1',
    ';nonce=""',
    ';tag="x"',
    ';alg="ed25519"',
    ';req',
    ';bs',
  ],
  ...['"@method"', '"@query"', '"@target-uri"', '"@query-param";name="a"', '"content-digest"', '"@status"', '"@x"'],
  ...[
    ':AAAA:',
    ':A:',
    'sha-256=:AAAA:',
    'sha-512=',
    'AAAA',
    '====',
    'websocket',
    'chunked',
    'http://host/',
    '[::1]:443',
  ],
]

const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'get', '', 'G T', 'PURGE', 'A'.repeat(33), 'CONNECT', '*']
const ADDRESSES = [
  '203.0.113.1',
  '::1',
  '::ffff:203.0.113.1',
  'fe80::1%eth0',
  '',
  'unknown',
  '1.2.3.4:80',
  '0'.repeat(99),
]

/** The beginning of ids that no key has. */
const SOME_ID = '6f3bebf7-eaef-42a5-8c34-ab8873c1d'

const MAX_MUTATIONS = 4

/** Makes requests that are almost right out of requests that are, always the same ones for one seed. */
export function createMutator(seed: number): (pool: readonly FuzzedRequest[]) => FuzzedRequest {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item

  function mutateText(text: string): string {
    const at = below(text.length + 1)
    const kinds = [
      () => text.slice(0, at) + pick(PIECES) + text.slice(at),
      () => text.slice(0, at) + pick(PIECES) + text.slice(at + 1),
      () => text.slice(0, at) + String.fromCharCode(below(random() < 0.9 ? 128 : 65_536)) + text.slice(at + 1),
      () => text.slice(0, at) + text.slice(at + 1 + below(4)),
      () => text.slice(0, at),
      () => text + text,
      () => text.slice(0, at) + text.slice(Math.max(0, at - below(20))),
      () => (random() < 0.5 ? text.toUpperCase() : text.toLowerCase()),
      () => (random() < 0.1 ? pick(PIECES).repeat(below(20_000)) : pick(PIECES)),
    ]
    return pick(kinds)()
  }

  function mutateHeaders(headers: TestHeaders, other: FuzzedRequest): TestHeaders {
    const present = Object.keys(headers)
    const name = random() < 0.8 && present.length > 0 ? pick(present) : pick(HEADER_NAMES)
    const value = headers[name]
    const text = typeof value === 'string' ? value : (value?.[0] ?? '')
    const kinds = [
      () => mutateText(text),
      () => mutateText(text),
      () => undefined,
      () => [text, text],
      () => [text, mutateText(text)],
      () => text.split(','),
      () => [],
      () => other.headers[name],
    ]
    return { ...headers, [name]: pick(kinds)() }
  }

  function mutateOnce(request: FuzzedRequest, other: FuzzedRequest): FuzzedRequest {
    const kinds = [
      () => ({ ...request, headers: mutateHeaders(request.headers, other) }),
      () => ({ ...request, headers: mutateHeaders(request.headers, other) }),
      () => ({ ...request, headers: mutateHeaders(request.headers, other) }),
      () => ({ ...request, headers: { ...request.headers, ...other.headers } }),
      () => ({ ...request, headers: { ...request.headers, [names.keyId]: `${SOME_ID}${100 + below(900)}` } }),
      () => ({ ...request, target: random() < 0.3 ? other.target : mutateText(request.target) }),
      () => ({ ...request, method: random() < 0.8 ? pick(METHODS) : mutateText(request.method) }),
      () => ({ ...request, ip: random() < 0.5 ? `10.${below(256)}.${below(256)}.${below(256)}` : pick(ADDRESSES) }),
      () => ({ ...request, body: Uint8Array.from({ length: below(40) }, () => below(256)) }),
      () => withoutBody(request),
    ]
    return pick(kinds)()
  }

  return (pool) => {
    let request = pick(pool)
    // Not few addresses for all, or they would soon be refused; and one that is.
    request = { ...request, ip: `203.0.113.${random() < 0.2 ? 66 : below(256)}` }
    for (let left = below(MAX_MUTATIONS + 1); left > 0; left--) request = mutateOnce(request, pick(pool))
    return request
  }
}

/** The same request before its body came. */
export function withoutBody({ body: _, ...request }: FuzzedRequest): FuzzedRequest {
  return request
}

/** mulberry32: small, seeded, good enough to pick with. */
function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
