import { DEFAULT_BASE_PATH } from '@countersign/api'
import { DEFAULT_COST, DEFAULT_WINDOW_MS, parseNetwork } from '@countersign/gate'
import { DEFAULT_HEADER_PREFIX, DEFAULT_SCOPES } from '@countersign/protocol'
import { type Static, Type } from 'typebox'
import { Default } from 'typebox/value'
import { originOf } from './origin-of.ts'
import { RuleSchema } from './rule-schema.ts'
import {
  closed,
  type Fixed,
  group,
  NAME,
  NAME_ALLOWED,
  type Notes,
  partial,
  positiveNumber,
  wholeNumber,
} from './schema-parts.ts'
import { TiersSchema } from './tier-schema.ts'

const ORIGIN_ALLOWED = 'an origin such as https://api.example.com'
const NETWORK_ALLOWED = 'an address or a network such as 203.0.113.7 or 10.0.0.0/8, but not all addresses'

/** A URL of Redis. A problem does not repeat it: it may hold a password. */
export const REDIS_URL = '^rediss?://[^\\s#@]*(?:@[^\\s#@]+)?$'

/** The origin that clients call. */
export const PublicUrlSchema = Type.Refine(
  Type.String({
    description:
      'The origin that clients call, if a proxy rewrites the Host header. The environment variable takes precedence.',
    errorMessage: ORIGIN_ALLOWED,
  }),
  (text) => originOf(text) !== undefined,
  () => ORIGIN_ALLOWED,
)

/** Addresses and CIDR ranges of proxies. */
export const TrustedProxiesSchema = Type.Array(
  Type.Refine(Type.String({ errorMessage: NETWORK_ALLOWED }), isTrustable, suggestNetwork),
  {
    maxItems: 1_000,
    description:
      "The proxies that are believed about a caller's address and may call `/authorize`. The environment variable takes precedence.",
    errorMessage: 'a list of addresses and networks',
    default: ['127.0.0.0/8', '::1'],
  } satisfies Notes,
)

/** The proxies whose forward-auth requests `/authorize` can read. */
export const PROXY_KINDS = ['nginx', 'caddy', 'traefik', 'envoy'] as const

const authorize = group({
  source: Type.Enum(PROXY_KINDS, {
    description: 'The kind of proxy that asks `/authorize`.',
    default: 'nginx',
  }),
})

const abuse = group({
  failures: wholeNumber(1, 1e6, {
    description: 'Failed attempts that one address (IPv6: one /64) may make at once.',
    default: 300,
  }),
  refillPerSecond: positiveNumber(1e6, { description: 'How many of them it gets back a second.', default: 5 }),
})

const admission = group({
  maxClaims: wholeNumber(1, 1e7, {
    description:
      'Signatures that are claimed at once, so that none counts twice; when all are live, 503. An account has at most an eighth of them; beyond, 429.',
    default: 1_000_000,
  }),
})

const keys = group({
  cached: wholeNumber(100, 10_000_000, {
    description: 'Keys that each thread holds in memory, the most recently used ones. A key takes 3 KB.',
    default: 10_000,
    see: 'operating.md#how-many-keys-are-held-in-memory',
  }),
})

const redis = group({
  mode: Type.Enum(['single', 'sentinel', 'cluster'], {
    description: 'How Redis or Valkey runs.',
    default: 'single',
    see: 'scaling.md#redis',
  }),
  urls: Type.Array(
    Type.String({ pattern: REDIS_URL, errorMessage: 'a URL such as redis://redis-1:6379 or rediss://redis-1:6380' }),
    {
      maxItems: 32,
      description:
        '`sentinel`: the Sentinels. `cluster`: some nodes of the cluster. `single`: one Redis, if `COUNTERSIGN_REDIS_URL` does not name it.',
      errorMessage: 'a list of URLs',
      default: [],
    },
  ),
  sentinelName: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: '`sentinel`: the name of the master, such as `mymaster`.',
    }),
  ),
  timeoutMs: wholeNumber(10, 10_000, {
    description: 'Time limit of a call to Redis, in milliseconds. After that the request is answered with 503.',
    default: 100,
  }),
  onOutage: Type.Enum(['refuse', 'divide'], {
    description:
      'What happens to requests without a claim (GET, HEAD) while Redis does not answer. `refuse`: 503. `divide`: each node gives its part of every limit.',
    default: 'refuse',
    see: 'scaling.md#redis',
  }),
  maxNodes: wholeNumber(1, 1_000, {
    description: 'The most nodes that run at once. Only `divide` uses it: each node gives this part of a limit.',
    default: 2,
  }),
})

const database = group({
  maxConnections: Type.Optional(
    wholeNumber(6, 10_000, {
      description: 'The most PostgreSQL connections that this process opens.',
      byDefault: '20, or more if its threads need more',
      see: 'operating.md#connections-to-postgresql',
    }),
  ),
})

const usage = group({
  minutesForDays: retention('minute', 400, 2),
  hoursForDays: retention('hour', 4_000, 90),
  daysForDays: retention('day', 40_000, 730),
})

const connections = group({
  control: connectionLimit('of the control plane', 16, 1_000),
  data: connectionLimit('of all data-plane threads together', 16, 10_000),
  perAddress: connectionLimit("of one address that is not a trusted proxy's", 1, 100),
})

const audit = group({
  headFile: Type.Optional(
    Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
      description: 'The file of signed heads of the audit log; `null` for none.',
      errorMessage: 'the path of a file, or null for none',
      byDefault: 'beside the deployment key',
      see: 'operating.md#the-deployment-key-and-heads',
    }),
  ),
  headEveryMs: wholeNumber(1_000, 86_400_000, {
    description: 'Longest time until a signed head covers a new event, in milliseconds.',
    default: 60_000,
  }),
  bytesPerAccountAndHour: wholeNumber(1_024, 1e12, {
    description:
      'The most bytes that the keys of one account may add to the audit log in an hour. Events that end a key are always written.',
    default: 2 * 1024 * 1024,
    see: 'security.md#limits',
  }),
})

const keyPairs = group({
  ahead: wholeNumber(0, 10_000, {
    description:
      'RSA key pairs that are made before they are asked for; 0 for none. Each is in memory only, for an hour at most.',
    default: 64,
    see: 'operating.md#key-pairs-made-ahead',
  }),
})

const verify = group({
  rsa: Type.Enum(['node', 'openssl'], {
    description:
      '`openssl`: RSA signatures are verified by the OpenSSL inside Node, called through the experimental `node:ffi`.',
    default: 'node',
    see: 'operating.md#how-fast-signatures-are-verified',
  }),
})

/** The settings of the file as a running server has them: each with a default, or optional. */
const FileSettingsSchema = closed({
  basePath: pathPrefix('/api/v1', {
    description: 'The beginning of your API\'s paths, or `""`.',
    default: DEFAULT_BASE_PATH,
  }),
  publicPrefix: pathPrefix('/gw', {
    description: 'The prefix that an outer proxy removes from the paths that clients call and sign.',
    default: '',
    see: 'integrating.md#an-outer-proxy-that-takes-a-prefix-off',
  }),
  headerPrefix: Type.String({
    pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$',
    description: 'The prefix of the three access headers: `KALSHI-ACCESS-KEY` and so on.',
    errorMessage: '1 to 32 letters, digits and inner hyphens',
    default: DEFAULT_HEADER_PREFIX,
  }),
  publicUrl: Type.Optional(PublicUrlSchema),
  mode: Type.Enum(['enforce', 'observe'], {
    description: '`observe`: the data plane decides and logs, and refuses nothing.',
    default: 'enforce',
  }),
  windowMs: wholeNumber(1_000, 300_000, {
    description: "How far a client's clock may differ, to either side, in milliseconds.",
    default: DEFAULT_WINDOW_MS,
  }),
  signatureTag: Type.Union([Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$' }), Type.Null()], {
    description: 'The `tag` that RFC 9421 signatures must carry; `null` accepts any.',
    errorMessage: '1 to 64 printable ASCII characters, or null for any tag',
    default: 'countersign',
  }),
  scopes: Type.Array(
    Type.String({
      pattern: '^[a-z][a-z0-9_-]{0,63}(?:::[a-z][a-z0-9_-]{0,63})?$',
      errorMessage: 'a scope such as "read" or "read::orders"',
    }),
    {
      minItems: 1,
      maxItems: 256,
      description:
        'All scopes, `read` and `write` among them. A child such as `read::balance` needs its parent in the list.',
      errorMessage: 'a list of 1 to 256 scopes',
      default: DEFAULT_SCOPES,
      byDefault: "those of Kalshi's keys",
    },
  ),
  tiers: TiersSchema,
  defaultTier: tierName({ description: 'The tier of a new account.', default: 'basic' }),
  ownPublicKeyTier: Type.Optional(
    tierName({ description: 'The lowest tier that may register its own public keys.', byDefault: 'every tier may' }),
  ),
  defaultCost: wholeNumber(0, 1e9, {
    description: 'Tokens that a request takes if its rule has no `cost`.',
    default: DEFAULT_COST,
  }),
  rules: Type.Array(RuleSchema, {
    minItems: 1,
    maxItems: 10_000,
    description: 'What requests need. The first rule that matches counts.',
    errorMessage:
      'a list of 1 to 10000 rules; leave it out for the default ones: GET and HEAD need read, all else write',
    default: [],
    byDefault: 'GET and HEAD need `read`, all else `write`',
    see: '#rules',
  }),
  trustedProxies: TrustedProxiesSchema,
  authorize,
  maxKeysPerAccount: wholeNumber(1, 100_000, {
    description: 'Keys that an account may have. Revoked and expired keys do not count.',
    default: 100,
  }),
  maxStalenessMs: wholeNumber(0, 3_600_000, {
    description: 'How long known keys count while the database does not answer, in milliseconds. After that, 503.',
    default: 30_000,
  }),
  keys,
  database,
  abuse,
  admission,
  redis,
  usage,
  connections,
  audit,
  keyPairs,
  doctor: Type.Enum(['on', 'off'], {
    description: '`off`: refusals do not name their cause.',
    default: 'on',
    see: 'doctor.md#what-the-server-says-by-itself',
  }),
  verify,
})

/** The settings that a configuration file may change. */
export type FileSettings = Fixed<Static<typeof FileSettingsSchema>>

/** The one definition of the configuration file: its keys, their types, limits, defaults and descriptions. */
export const ConfigSchema = partial({
  ...FileSettingsSchema.properties,
  keys: partial(keys.properties),
  database: partial(database.properties),
  abuse: partial(abuse.properties),
  admission: partial(admission.properties),
  redis: partial(redis.properties),
  usage: partial(usage.properties),
  connections: partial(connections.properties),
  audit: partial(audit.properties),
  keyPairs: partial(keyPairs.properties),
  $schema: Type.String({
    description: 'The JSON Schema with which an editor checks this file. The server ignores it.',
    errorMessage: 'the address of a JSON Schema',
  }),
})

/** What a configuration file may contain. Absent keys have their defaults. */
export type Config = Fixed<Static<typeof ConfigSchema>>

/** The configuration, and the defaults of what it leaves out. */
export function withDefaults(config: Config): FileSettings {
  return Default(FileSettingsSchema, structuredClone(config)) as FileSettings
}

/** Segments that every proxy and client writes in the same way. */
function pathPrefix(example: string, notes: Notes) {
  return Type.String({
    pattern: '^(?!.*/\\.{1,2}(?:/|$))(?:/[A-Za-z0-9._~-]{1,64}){0,16}$',
    errorMessage: `a path such as "${example}" without a slash at its end, or "" for none`,
    ...notes,
  })
}

function tierName(notes: Notes) {
  return Type.String({ pattern: NAME, errorMessage: `a tier's name: ${NAME_ALLOWED}`, ...notes })
}

function retention(unit: string, maximum: number, byDefault: number) {
  return wholeNumber(1, maximum, {
    description: `How many days the usage of each ${unit} is kept.`,
    default: byDefault,
    see: 'operating.md#retention',
  })
}

function connectionLimit(whose: string, minimum: number, byDefault: number) {
  return wholeNumber(minimum, 1e6, {
    description: `The most connections at once: ${whose}. Fewer if the limit of open files is lower.`,
    default: byDefault,
    see: 'security.md#limits',
  })
}

/** With a range of all addresses every caller could choose its address. */
function isTrustable(text: string): boolean {
  const network = parseNetwork(text)
  if (!('base' in network)) return false
  const isAllOfV4 = network.base === 0xffff_0000_0000n && network.prefixBits === 96
  return network.prefixBits !== 0 && !isAllOfV4
}

function suggestNetwork(text: string): string {
  const network = parseNetwork(text)
  return ('problem' in network ? network.suggestion : undefined) ?? NETWORK_ALLOWED
}
