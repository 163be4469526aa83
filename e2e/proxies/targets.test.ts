import type { Config } from '@countersign/server'
import { afterAll, describe, expect, test } from 'vitest'
import { type GivenKey, givenCustomer, givenKey } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { PROXIES, type Proxied, useProxied } from '../support/proxy/proxied.ts'
import { sendRaw } from '../support/proxy/send-raw.ts'

/** The key may read, and nothing under /admin. */
const CONFIG: Config = {
  rules: [
    { match: '* /admin', scope: 'write::transfer' },
    { match: '* /admin/**', scope: 'write::transfer' },
    { match: '* /**', scope: 'read' },
  ],
}

/**
 * What comes of a target: `passes`, the API sees exactly what was sent; `passes as signed`, it sees what was signed, which
 * the proxy made of what was sent; a code, Countersign refused; 400, 404 and 431, the proxy refused before it asked; 200,
 * Countersign's own API answered.
 */
type Outcome = 'passes' | 'passes as signed' | Code | '200' | '400' | '404' | '431'
type Code =
  | 'target_not_canonical'
  | 'authentication_error'
  | 'insufficient_scope'
  | 'route_not_allowed'
  | 'headers_too_large'

interface Trick {
  readonly what: string
  /** One byte for each character. */
  readonly sent: string
  /** The path that is signed; the one that is sent, where absent. */
  readonly signed?: string
  readonly nginx: Outcome
  readonly caddy: Outcome
}

const B = '/trade-api/v2'
const NOT_CANONICAL = 'target_not_canonical'
const INCORRECT = 'authentication_error'

const TRICKS: readonly Trick[] = [
  // Plain ones
  both('a plain path', `${B}/orders`, 'passes'),
  both('a query', `${B}/orders?a=1&b=2`, 'passes'),
  both('an empty query', `${B}/orders?`, 'passes'),
  both('a slash at the end', `${B}/orders/`, 'passes'),
  both('two question marks', `${B}/orders?a?b`, 'passes'),
  both('a question mark within a segment', `${B}/or?ders/a`, 'passes'),
  both('an encoded question mark', `${B}/or%3Fders`, 'passes'),
  both('letters of another case', `${B}/ORDERS`, 'passes'),
  both('dots within a segment', `${B}/a..b/...`, 'passes'),
  both('a dot at the end of a name', `${B}/orders.`, 'passes'),
  both('an encoded space', `${B}/a%20b`, 'passes'),
  both('a plus', `${B}/a+b`, 'passes'),
  both('encoded letters', `${B}/%6Frders`, 'passes'),
  both('encoded letters, hex in lower case', `${B}/%6frders`, 'passes'),
  both('an encoded tilde', `${B}/%7Eorders`, 'passes'),
  both('encoded UTF-8', `${B}/%C3%A9`, 'passes'),
  both('overlong UTF-8 of a slash', `${B}/a%C0%AFadmin`, NOT_CANONICAL),
  both('overlong UTF-8 of a dot', `${B}/%C0%AE%C0%AE/admin`, NOT_CANONICAL),
  both('an encoded slash of full width', `${B}/a%EF%BC%8Fadmin`, NOT_CANONICAL),
  both('characters with a meaning elsewhere', `${B}/a:b@c!$&'()*,=~_-`, 'passes'),
  both('a query with dot segments', `${B}/orders?x=/../../admin`, 'passes'),
  both('a query with encoded everything', `${B}/orders?x=%2f%2e%00%25%5c%zz;y=//`, 'passes'),
  both('a query with raw brackets, quotes and bars', `${B}/orders?a[]="<|>"{}^\``, 'passes'),

  // Other ways to say /admin
  both('the guarded path', `${B}/admin/keys`, 'insufficient_scope'),
  both('the guarded path, a letter encoded', `${B}/%61dmin/keys`, 'insufficient_scope'),
  both('the guarded path, all letters encoded', `${B}/%61%64%6D%69%6E/keys`, 'insufficient_scope'),
  both('the guarded path and a slash', `${B}/admin/`, 'insufficient_scope'),
  both('the guarded path and a question mark', `${B}/admin?/../orders`, 'insufficient_scope'),
  both('dot segments', `${B}/orders/../admin`, NOT_CANONICAL),
  both('dot segments up to the root', `${B}/../../trade-api/v2/admin`, NOT_CANONICAL),
  both('a dot segment at the end', `${B}/orders/..`, NOT_CANONICAL),
  both('a single dot', `${B}/./admin`, NOT_CANONICAL),
  both('encoded dots', `${B}/orders/%2e%2e/admin`, NOT_CANONICAL),
  both('dots, one of them encoded', `${B}/orders/.%2E/admin`, NOT_CANONICAL),
  both('a dot segment with a parameter', `${B}/orders/..;a=b/admin`, NOT_CANONICAL),
  both('a matrix parameter', `${B}/admin;a=b`, NOT_CANONICAL),
  both('a semicolon alone', `${B}/admin;`, NOT_CANONICAL),
  both('an encoded slash', `${B}%2fadmin`, NOT_CANONICAL),
  both('a slash encoded twice', `${B}%252fadmin`, NOT_CANONICAL),
  both('an encoded dot, encoded twice', `${B}/orders/%252e%252e/admin`, NOT_CANONICAL),
  both('two slashes', `${B}//admin`, NOT_CANONICAL),
  both('two slashes at the start', `/${B}/admin`, NOT_CANONICAL),
  both('an encoded backslash', `${B}/orders%5c..%5cadmin`, NOT_CANONICAL),
  both('absolute form, up and down', `http://api.example${B}/orders/../admin`, NOT_CANONICAL),
  both('a byte that is not ASCII', `${B}/orders/\xe9`, NOT_CANONICAL),
  each('UTF-8 as it is', `${B}/orders/\xc3\xa9`, NOT_CANONICAL, INCORRECT),
  each('a byte that is not ASCII, in the query', `${B}/orders?\xe9`, NOT_CANONICAL, '400'),

  // What one of them refuses itself, or writes otherwise
  each('absolute form', `http://api.example${B}/orders`, 'passes as signed', 'passes as signed', {
    signed: `${B}/orders`,
  }),
  each('absolute form with another host', `http://evil.example${B}/orders?a`, 'passes as signed', 'passes as signed', {
    signed: `${B}/orders`,
  }),
  each('absolute form without a path', `http://api.example?a`, NOT_CANONICAL, 'route_not_allowed', { signed: '/' }),
  each('absolute form of another scheme', `ftp://api.example${B}/orders`, 'passes as signed', 'passes as signed', {
    signed: `${B}/orders`,
  }),
  each('a fragment', `${B}/orders#a`, NOT_CANONICAL, INCORRECT),
  each('a fragment, signed as Caddy writes it', `${B}/orders#a`, NOT_CANONICAL, 'passes as signed', {
    signed: `${B}/orders%23a`,
  }),
  each('a fragment, the part before it signed', `${B}/orders#a`, NOT_CANONICAL, INCORRECT, { signed: `${B}/orders` }),
  each('a fragment in the query', `${B}/orders?a#b`, NOT_CANONICAL, NOT_CANONICAL),
  both('a semicolon, encoded', `${B}/orders%3bx`, NOT_CANONICAL),
  each('a zero byte, encoded', `${B}/orders%00`, '400', NOT_CANONICAL),
  each('a zero byte', `${B}/orders\x00`, '400', '400'),
  each('%u escapes', `${B}/%u0061dmin`, '400', '400'),
  each('an escape that is none', `${B}/a%zz`, '400', '400'),
  each('half an escape', `${B}/a%2`, '400', '400'),
  each('a percent sign at the end', `${B}/a%`, '400', '400'),
  each('a tab', `${B}/orders\tx`, '400', '400'),
  each('a space', `${B}/orders x`, '400', '400'),
  each('a DEL', `${B}/orders\x7f`, '400', '400'),
  each('no slash at the start', `trade-api/v2/orders`, '400', '400'),
  each('an asterisk', '*', '400', NOT_CANONICAL),
  each('a host and a port', 'api.example:80', '400', '400'),
  each('more dot segments than there are segments', '/../../../admin', '400', NOT_CANONICAL),
  each('a backslash', `${B}/orders\\..\\admin`, NOT_CANONICAL, NOT_CANONICAL),
  each('a backslash, signed as Caddy writes it', `${B}/orders\\a`, NOT_CANONICAL, NOT_CANONICAL, {
    signed: `${B}/orders%5Ca`,
  }),
  each('quotes, bars, braces', `${B}/a"b|c{d}e^f\``, 'passes', INCORRECT),
  each('quotes, bars, braces, signed as Caddy writes them', `${B}/a"b|c{d}e^f\``, INCORRECT, 'passes as signed', {
    signed: `${B}/a%22b%7Cc%7Bd%7De%5Ef%60`,
  }),
  each('an encoded slash beside a bar, which makes Caddy decode it', `${B}%2Fadmin|`, NOT_CANONICAL, INCORRECT),
  each('the same, signed as Caddy writes it', `${B}%2Fadmin|`, NOT_CANONICAL, 'passes as signed', {
    signed: `${B}/admin%7C`,
  }),
  each('encoded dots beside a bar', `${B}/%2e%2e/admin|`, NOT_CANONICAL, NOT_CANONICAL, { signed: `${B}/../admin%7C` }),
  each('an encoded letter beside a bar, signed as Caddy writes it', `${B}/%61dmin/|`, INCORRECT, 'insufficient_scope', {
    signed: `${B}/admin/%7C`,
  }),
  each('angle brackets', `${B}/<script>`, 'passes', INCORRECT),
  each('square brackets', `${B}/a[0]`, 'passes', 'passes'),
  each("the proxy's own words", `${B}/$request_uri/{uri}`, 'passes', INCORRECT),
  each('another path signed', `${B}/orders`, INCORRECT, INCORRECT, { signed: `${B}/order` }),
  each('the path signed with its escape decoded', `${B}/%6Frders`, INCORRECT, INCORRECT, { signed: `${B}/orders` }),
  each('the path signed without its slash', `${B}/orders/`, INCORRECT, INCORRECT, { signed: `${B}/orders` }),
  each('the path signed in lower case', `${B}/ORDERS`, INCORRECT, INCORRECT, { signed: `${B}/orders` }),
  each('the path signed as it is normalised', `${B}/a/../orders`, NOT_CANONICAL, NOT_CANONICAL, {
    signed: `${B}/orders`,
  }),
  each('4 KiB', `${B}/${'a'.repeat(4_096)}`, 'passes', 'passes'),
  each('5 KiB of query', `${B}/orders?${'a'.repeat(5_000)}`, 'passes', 'passes'),
  each('20 KiB', `${B}/${'a'.repeat(20_000)}`, 'headers_too_large', '431'),
  each("Countersign's own path, spelled otherwise", `${B}/api%5Fkeys`, '200', '200'),
  each("beside Countersign's own path", `${B}/api_keysX`, 'passes', 'passes'),
  each("up from Countersign's own path", `${B}/api_keys/../orders`, NOT_CANONICAL, NOT_CANONICAL),
  each("the proxy's own way to ask", '/countersign/authorize', '404', 'route_not_allowed'),
]

describe.each(PROXIES)('what comes of targets, through %s', (kind) => {
  const proxied = useProxied(kind, { config: CONFIG })
  const table: string[] = []
  let alice: GivenKey | undefined
  afterAll(() => console.log(`Targets through ${kind}\n${table.join('\n')}`))

  test.each(TRICKS)('$what: $sent', async (trick) => {
    const here = proxied()
    alice ??= await givenKey(here.database, await givenCustomer(here.database, 'Alice'), { scopes: ['read'] })
    const { outcome, seen, signed } = await attempt(here, alice, trick)
    table.push(`${outcome.padEnd(22)} ${JSON.stringify(trick.sent).slice(0, 90)}`)
    expect(outcome).toBe(trick[kind])
    if (seen === undefined) return
    expect(pathOf(seen)).toBe(signed)
    expect(queryOf(seen)).toBe(queryOf(trick.sent))
  })
})

interface Attempt {
  readonly outcome: string
  /** The target that the API saw. */
  readonly seen: string | undefined
  readonly signed: string
}

async function attempt(
  { port, upstream }: Proxied,
  alice: GivenKey,
  { sent, signed = pathOf(sent) }: Trick,
): Promise<Attempt> {
  const before = upstream.received.length
  const signature = Object.entries(accessHeaders(alice, 'GET', signed))
  const lines = [
    `GET ${sent} HTTP/1.1`,
    'Host: api.example',
    ...signature.map((pair) => pair.join(': ')),
    'Connection: close',
  ]
  const answer = await sendRaw(port, `${lines.join('\r\n')}\r\n\r\n`)
  const arrived = upstream.received.slice(before)
  expect(arrived.length).toBeLessThan(2)
  const seen = arrived[0]?.target
  return { outcome: outcomeOf(answer, seen, sent), seen, signed }
}

function outcomeOf({ status, text }: { status: number; text: string }, seen: string | undefined, sent: string): string {
  if (seen !== undefined) return seen === sent ? 'passes' : 'passes as signed'
  const code = /"code":"(\w+)"/.exec(text)?.[1]
  return code && code !== 'bad_request' ? code : `${status}`
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

function queryOf(target: string): string {
  return target.slice(pathOf(target).length)
}

function each(what: string, sent: string, nginx: Outcome, caddy: Outcome, more: Pick<Trick, 'signed'> = {}): Trick {
  return { what, sent, nginx, caddy, ...more }
}

function both(what: string, sent: string, outcome: Outcome): Trick {
  return { what, sent, nginx: outcome, caddy: outcome }
}
