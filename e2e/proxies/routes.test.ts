import { CALLS, DEFAULT_BASE_PATH } from '@countersign/api'
import { describe, expect, test } from 'vitest'
import { readExample } from '../../examples/support/proxies.ts'

/** How each recipe writes the paths that go to Countersign itself: regular expressions, or prefixes that end at a segment. Envoy's match the whole path. */
const RECIPES: readonly (readonly [recipe: string, patterns: RegExp])[] = [
  ['nginx/countersign.conf', /^ {4}location ~ (\S+) \{$/gm],
  ['caddy/Caddyfile', /^\t@\w+ path_regexp (\S+)$/gm],
  ['traefik/dynamic.yaml', /^ {6}rule: PathRegexp\(`(\S+)`\)$/gm],
  ['envoy/envoy.yaml', /match: \{ (?:path_separated_prefix: |path: |safe_regex: \{ regex: ")([^" ]+)(?:" \})? \}/gm],
]

/** For the provider's own network, and never for customers. */
const INTERNAL = /^\/(?:gate\/v1\/|healthz|readyz|metrics)/

const paths = CALLS.map(({ under, path }) => {
  return (under === 'root' ? '' : DEFAULT_BASE_PATH) + path.replace(/\{\w+\}/g, '11111111-1111-4111-8111-111111111111')
})

describe.each(RECIPES)('examples/%s', (recipe, patterns) => {
  test('leads every call to Countersign that is for customers or operators, and none that is not', async () => {
    const text = await readExample(recipe)
    const routed = [...text.matchAll(patterns)].map(([, pattern = '']) => {
      if (pattern.startsWith('^')) return new RegExp(pattern)
      return pattern.endsWith('?') ? new RegExp(`^${pattern}$`) : new RegExp(`^${pattern}(?:/|$)`)
    })
    expect(routed.length).toBeGreaterThan(3)
    const isRouted = (path: string) => routed.some((pattern) => pattern.test(path))
    const wanted = [...paths, '/docs', '/docs/js/scalar.js', '/openapi.json', '/dashboard', '/dashboard/assets/a.js']
    expect(wanted.filter((path) => isRouted(path) === INTERNAL.test(path))).toEqual([])
    expect(['/metrics', '/', '/gate/v1/changes', `${DEFAULT_BASE_PATH}/accounts`].filter(isRouted)).toEqual([])
  })
})
