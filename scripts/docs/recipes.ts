import { CALLS, DEFAULT_BASE_PATH } from '@countersign/api'

/** The proxies' recipes that list the calls of Countersign, below `examples/`. */
export const RECIPES = [
  'nginx/countersign.conf',
  'caddy/Caddyfile',
  'traefik/dynamic.yaml',
  'envoy/envoy.yaml',
] as const

/** A list of first segments, such as `/trade-api/v2/(?:api_keys|account)`. */
const SEGMENTS = new RegExp(`(${DEFAULT_BASE_PATH}/\\((?:\\?:)?)[a-z_|]+\\)`, 'g')

/** A block of a page that shows a whole file: the comment that names the file, the fence, the text. */
const FILE_BLOCK = /(<!-- file: (\S+) -->\n```\w*\n)(.*?)(?=^```$)/gms

/**
 * A recipe, or a page that shows a part of one, whose lists of first segments lead every call below the base path to
 * Countersign.
 *
 * @throws Error if it has no such list
 */
export function withSegments(text: string): string {
  if (text.search(SEGMENTS) < 0) throw new Error(`there is no list such as ${DEFAULT_BASE_PATH}/(api_keys|account)`)
  const calls = CALLS.filter(({ under }) => under === 'base-path')
  const segments = new Set(calls.map(({ path }) => path.split('/')[1]))
  return text.replace(SEGMENTS, (_, before: string) => `${before}${[...segments].sort().join('|')})`)
}

/** A page that shows files as they are: `read` gives the text of a path. */
export async function withFiles(page: string, read: (path: string) => Promise<string>): Promise<string> {
  const texts = new Map<string, string>()
  for (const [, , path = ''] of page.matchAll(FILE_BLOCK)) texts.set(path, await read(path))
  return page.replace(FILE_BLOCK, (_, before: string, path: string) => before + texts.get(path))
}
