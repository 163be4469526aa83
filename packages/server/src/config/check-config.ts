import { parseNetwork } from '@countersign/gate'
import { checkRules } from './check-rules.ts'
import type { Config } from './define-config.ts'
import {
  accepting,
  type Fields,
  listOf,
  objectOf,
  oneOf,
  positiveNumber,
  type Reader,
  type Report,
  readKeys,
  recordOf,
  text,
  wholeNumber,
} from './readers.ts'
import { type Bucket, DEFAULT_SETTINGS, PROXY_KINDS, type Settings, type Tier } from './settings.ts'

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const NAME_ALLOWED = 'a letter, then up to 63 letters, digits, - and _'
const SCOPE = /^[a-z][a-z0-9_-]{0,63}(?:::[a-z][a-z0-9_-]{0,63})?$/

const bucket = objectOf<Bucket>({ refillRate: positiveNumber(1e9), capacity: wholeNumber(1, 1e9) }, [
  'refillRate',
  'capacity',
])

/** An origin such as `https://api.example.com`. */
export const publicUrl: Reader<string> = accepting((value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/') return undefined
  return url.search || url.hash || url.username || url.password ? undefined : url.origin
}, 'an origin such as https://api.example.com')

/** Addresses and CIDR ranges, and not all addresses at once. */
export const trustedProxies: Reader<string[]> = listOf((value, path, report) => {
  const network = typeof value === 'string' ? parseNetwork(value) : undefined
  const problem = network && 'problem' in network ? network.suggestion : undefined
  const allowed = problem ?? 'an address or a network such as 203.0.113.7 or 10.0.0.0/8, but not all addresses'
  const reader = accepting(() => (isTrustable(network) ? String(value) : undefined), allowed)
  return reader(value, path, report)
}, 'a list of addresses and networks')

/** Every key but `rules`, which needs scopes, tiers and costs first. */
const FIELDS: Fields<Omit<Config, 'rules'>> = {
  basePath: pathPrefix('/api/v1'),
  publicPrefix: pathPrefix('/gw'),
  headerPrefix: text(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/, '1 to 32 letters, digits and inner hyphens'),
  publicUrl,
  mode: oneOf(['enforce', 'observe']),
  windowMs: wholeNumber(1_000, 300_000),
  maxStalenessMs: wholeNumber(0, 3_600_000),
  signatureTag: accepting(
    (value) => (value === null || (typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value)) ? value : undefined),
    '1 to 64 printable ASCII characters, or null for any tag',
  ),
  scopes: listOf(text(SCOPE, 'a scope such as "read" or "read::orders"'), 'a list of 1 to 256 scopes', {
    atLeast: 1,
    atMost: 256,
  }),
  tiers: recordOf(NAME, readTier, `usage tiers by name, lowest first; a name is ${NAME_ALLOWED}`),
  defaultTier: text(NAME, `a tier's name: ${NAME_ALLOWED}`),
  ownPublicKeyTier: text(NAME, `a tier's name: ${NAME_ALLOWED}`),
  defaultCost: wholeNumber(0, 1e9),
  trustedProxies,
  authorize: objectOf<Settings['authorize']>({ source: oneOf(PROXY_KINDS) }, ['source']),
  maxKeysPerAccount: wholeNumber(1, 100_000),
  abuse: objectOf<NonNullable<Config['abuse']>>({
    failures: wholeNumber(1, 1e6),
    refillPerSecond: positiveNumber(1e6),
  }),
  admission: objectOf<NonNullable<Config['admission']>>({ maxClaims: wholeNumber(1, 1e7) }),
  usage: objectOf<NonNullable<Config['usage']>>({
    minutesForDays: wholeNumber(1, 400),
    hoursForDays: wholeNumber(1, 4_000),
    daysForDays: wholeNumber(1, 40_000),
  }),
  audit: objectOf<NonNullable<Config['audit']>>({
    headFile: accepting(
      (value) => (value === null || (typeof value === 'string' && value !== '') ? value : undefined),
      'the path of a file, or null for none',
    ),
    headEveryMs: wholeNumber(1_000, 86_400_000),
    bytesPerAccountAndHour: wholeNumber(1_024, 1e12),
  }),
  connections: objectOf<NonNullable<Config['connections']>>({
    control: wholeNumber(16, 1e6),
    data: wholeNumber(16, 1e6),
    perAddress: wholeNumber(1, 1e6),
  }),
  doctor: oneOf(['on', 'off']),
  verify: objectOf<Settings['verify']>({ rsa: oneOf(['node', 'openssl']) }, ['rsa']),
}

const KEYS = [...Object.keys(FIELDS), 'rules']

/** The values of a configuration as plain data. All problems are reported. */
export function checkConfig(raw: unknown, report: Report): Config {
  const given = readKeys(raw, KEYS, [], report) ?? {}
  const entries = Object.entries<Reader<unknown>>(FIELDS)
    .filter(([key]) => given[key] !== undefined)
    .map(([key, reader]) => [key, reader(given[key], [key], report)] as const)
  const config: Config = Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  const broken = entries.filter(([, value]) => value === undefined).map(([key]) => key)

  /** The value in force; `undefined` if it is broken, so that one mistake is reported once. */
  function effective<Key extends keyof Config & keyof typeof DEFAULT_SETTINGS>(key: Key) {
    return broken.includes(key) ? undefined : (config[key] ?? DEFAULT_SETTINGS[key])
  }

  const scopes = effective('scopes')
  const tiers = effective('tiers')
  const defaultCost = effective('defaultCost')
  if (scopes) checkScopes(scopes, report)
  if (tiers) {
    checkTierName('defaultTier', effective('defaultTier'), tiers, report)
    checkTierName('ownPublicKeyTier', config.ownPublicKeyTier, tiers, report)
    if (defaultCost !== undefined) checkDefaultCost(defaultCost, tiers, report)
  }
  if (given.rules === undefined) return config
  const rules = checkRules(given.rules, { scopes, tiers, defaultCost, basePath: effective('basePath') }, report)
  return { ...config, rules }
}

/** Segments that every proxy and client writes in the same way. */
function pathPrefix(example: string): Reader<string> {
  return text(
    /^(?!.*\/\.{1,2}(?:\/|$))(?:\/[A-Za-z0-9._~-]{1,64}){0,16}$/,
    `a path such as "${example}" without a slash at its end, or "" for none`,
  )
}

/** Buckets of any name; `read` and `write` are required. */
function readTier(value: unknown, path: readonly (string | number)[], report: Report): Tier | undefined {
  const buckets = recordOf(NAME, bucket, `buckets by name, read and write among them`)(value, path, report)
  if (!buckets) return undefined
  const { read, write } = buckets
  if (!read) report([...path, 'read'], 'is missing')
  if (!write) report([...path, 'write'], 'is missing')
  return read && write ? { ...buckets, read, write } : undefined
}

/** This server's own calls need `read` and `write`. A child counts by its parent. */
function checkScopes(scopes: readonly string[], report: Report): void {
  for (const needed of ['read', 'write']) {
    if (!scopes.includes(needed)) report(['scopes'], `"${needed}" is missing: managing keys needs it`)
  }
  for (const [i, scope] of scopes.entries()) {
    const [parent = ''] = scope.split('::')
    if (scopes.indexOf(scope) !== i) report(['scopes', i], `"${scope}" is listed twice`)
    if (parent === 'admin' || parent === 'gate') {
      report(['scopes', i], `"${scope}": ${parent} is kept for operators and cannot be given to keys`)
    } else if (!scopes.includes(parent)) {
      report(['scopes', i], `"${scope}" needs its parent "${parent}" in the list`)
    }
  }
}

function checkTierName(key: string, name: string | undefined, tiers: Settings['tiers'], report: Report): void {
  if (name === undefined || Object.hasOwn(tiers, name)) return
  report([key], `found "${name}", allowed: a name of tiers: ${Object.keys(tiers).join(', ')}`)
}

function checkDefaultCost(cost: number, tiers: Settings['tiers'], report: Report): void {
  const capacity = Math.min(...Object.values(tiers).flatMap(({ read, write }) => [read.capacity, write.capacity]))
  if (cost <= capacity) return
  report(['defaultCost'], `found ${cost}, allowed: 0 to ${capacity}, the smallest capacity of read and write`)
}

function isTrustable(network: ReturnType<typeof parseNetwork> | undefined): boolean {
  // With a range of all addresses every caller could choose its address.
  return network !== undefined && 'base' in network && network.prefixBits !== 0 && !isAllOfV4(network)
}

function isAllOfV4({ base, prefixBits }: { base: bigint; prefixBits: number }): boolean {
  return base === 0xffff_0000_0000n && prefixBits === 96
}
