import { denied, refusalReply } from '@countersign/gate'
import { describe, expect, test } from 'vitest'
import { readExample } from '../../examples/support/proxies.ts'

const limit = { name: 'read', bucket: 'read', cost: 10, capacity: 10, refillPerSecond: 1 }

/** Every header that a refusal can bring, in lower case, but the type of its body. */
const HEADERS = [
  ...new Set(
    [
      { ...denied('credentials_missing'), acceptSignature: 'sig=("@method");created' },
      { ...denied('too_many_requests'), retryAfterSeconds: 1, limit },
    ].flatMap((refusal) => Object.keys(refusalReply(refusal).headers).filter((name) => name !== 'content-type')),
  ),
]

/** Where a recipe names the headers that it hands on; Caddy and Traefik hand on all. */
const HANDED_ON: readonly (readonly [recipe: string, named: RegExp])[] = [
  ['nginx/countersign.conf', /^ +add_header ([\w-]+) \$countersign_/gm],
  ['envoy/envoy.yaml', /allowed_client_headers:\n +patterns:\n((?: +- .*\n)+)/g],
]

/** Where a recipe names what a page of another origin may read. */
const EXPOSED: readonly (readonly [recipe: string, named: RegExp])[] = [
  ['nginx/countersign.conf', /countersign_cors_expose \{\n +default "([^"]+)"/g],
  ['caddy/Caddyfile', /Access-Control-Expose-Headers "([^"]+)"/g],
  ['traefik/dynamic.yaml', /accessControlExposeHeaders:\n((?: +- .*\n)+)/g],
  ['envoy/envoy.yaml', /expose_headers: (.*)/g],
]

test('a refusal brings these headers', () => {
  expect(HEADERS.toSorted()).toEqual([
    'accept-signature',
    'cache-control',
    'ratelimit',
    'ratelimit-policy',
    'retry-after',
    'www-authenticate',
  ])
})

describe.each(HANDED_ON)('examples/%s', (recipe, named) => {
  test('hands on every header of a refusal', async () => {
    // nginx hands on this one by itself.
    const wanted = HEADERS.filter((name) => !(recipe.startsWith('nginx') && name === 'www-authenticate'))
    expect(missing(wanted, await readExample(recipe), named)).toEqual([])
  })
})

describe.each(EXPOSED)('examples/%s', (recipe, named) => {
  test('lets a page of another origin read every header of a refusal, and the time', async () => {
    // A browser shows this one to every page.
    const wanted = HEADERS.filter((name) => name !== 'cache-control')
    expect(missing([...wanted, 'date', 'x-request-id'], await readExample(recipe), named)).toEqual([])
  })
})

function missing(wanted: readonly string[], recipe: string, named: RegExp): string[] {
  const found = [...recipe.matchAll(named)].map(([, names = '']) => names.toLowerCase()).join(' ')
  const names = new Set(found.match(/[a-z][a-z-]+/g))
  return wanted.filter((name) => !names.has(name))
}
