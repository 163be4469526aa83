import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConfig } from './check-config.ts'
import type { Config } from './config-schema.ts'
import { pathText } from './path-text.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const BUCKET = { refillRate: 0.5, capacity: 20 }
const TIER = { read: BUCKET, write: BUCKET }
const TIERS = { one: { ...TIER, search: { refillRate: 1, capacity: 5 } }, two: { ...TIER, batch: BUCKET } }

/** The configuration as it was taken, and the problems as they are told. */
function check(raw: unknown): { config: Config; problems: string[] } {
  const problems: string[] = []
  const config = checkConfig(raw, (path, problem) => problems.push(`${pathText(path)}: ${problem}`))
  return { config, problems }
}

describe('a configuration', () => {
  it.each<[name: string, config: Config]>([
    ['an empty one', {}],
    ['the defaults', withoutRules(DEFAULT_SETTINGS)],
    ['no base path', { basePath: '' }],
    ['a public prefix', { publicPrefix: '/gw' }],
    ['no public prefix', { publicPrefix: '' }],
    ['a short header prefix', { headerPrefix: 'X' }],
    ['a public URL', { publicUrl: 'https://api.example.com:8443' }],
    ['observe mode', { mode: 'observe' }],
    ['the shortest window', { windowMs: 1_000 }],
    ['the longest window', { windowMs: 300_000 }],
    ['no staleness', { maxStalenessMs: 0 }],
    ['any tag', { signatureTag: null }],
    ['scopes', { scopes: ['read', 'write', 'write::orders', 'market', 'market::quotes'] }],
    ['tiers', { tiers: TIERS, defaultTier: 'two', ownPublicKeyTier: 'one' }],
    ['no default cost', { defaultCost: 0 }],
    ['proxies', { trustedProxies: ['10.0.0.0/8', '203.0.113.7', '2001:db8::/32', '::1'] }],
    ['no proxies', { trustedProxies: [] }],
    ['a proxy kind', { authorize: { source: 'envoy' } }],
    ['one key an account', { maxKeysPerAccount: 1 }],
    ['some of abuse', { abuse: { refillPerSecond: 0.1 } }],
    ['all of abuse', { abuse: { failures: 1, refillPerSecond: 1 } }],
    ['admission', { admission: { maxClaims: 1 } }],
    ['retention of usage', { usage: { minutesForDays: 1, hoursForDays: 30 } }],
    ['connections', { connections: { control: 100, perAddress: 10 } }],
    ['no file of audit heads', { audit: { headFile: null, headEveryMs: 1_000 } }],
    ['a file of audit heads', { audit: { headFile: '/var/log/heads.jsonl' } }],
    ['a bare rule', { rules: [{ match: 'GET /' }] }],
    [
      'a full rule',
      {
        rules: [
          {
            match: '* /orders/*/fills/**',
            under: 'root',
            scope: 'write::trade',
            cost: 100,
            bucket: 'write',
            replay: 'strict',
            query: 'refuse',
            minimumProfile: 'http-message-signatures',
          },
        ],
      },
    ],
    [
      'public rules',
      {
        rules: [
          { match: 'OPTIONS /**', public: true },
          { match: 'GET /a', public: true, query: 'refuse' },
        ],
      },
    ],
    ['a rule that costs nothing', { rules: [{ match: 'GET /', cost: 0 }] }],
    ['a narrow rule before a wide one', { rules: [{ match: 'GET /a' }, { match: 'GET /*' }, { match: '* /**' }] }],
    ['one path under both roots', { rules: [{ match: 'GET /a' }, { match: 'GET /a', under: 'root' }] }],
  ])('may be %s', (_, config) => {
    expect(check(config)).toEqual({ config, problems: [] })
  })

  it('is copied into plain data, with keys that are undefined left out', () => {
    const raw = { basePath: undefined, rules: [{ match: 'GET /a', scope: undefined }], abuse: Object.create(null) }
    const { config, problems } = check(raw)
    expect(problems).toEqual([])
    expect(Object.keys(config)).toEqual(['abuse', 'rules'])
    expect(config.rules).toEqual([{ match: 'GET /a' }])
    expect(config.rules?.[0]).not.toBe(raw.rules[0])
  })

  it('writes an origin as one', () => {
    expect(check({ publicUrl: 'HTTPS://API.example.com:443/' }).config.publicUrl).toBe('https://api.example.com')
  })

  it.each<[problem: string, raw: unknown]>([
    [': found null, allowed: an object with basePath, ', null],
    [': found a list of 0, allowed: an object with ', []],
    [': found "x", allowed: an object with ', 'x'],
    [': found a function, allowed: an object with ', () => ({})],
    [': found an object, allowed: an object with ', new Map([['basePath', '/x']])],
    ['basepath: unknown key, nearest known: basePath; all: basePath, publicPrefix, ', { basepath: '/x' }],
    ['extends: unknown key', { extends: 'x' }],
    ['["a b\\u001b"]: unknown key', { 'a b\u001b': 1 }],
    ['__proto__: unknown key', JSON.parse('{"__proto__": {"mode": "observe"}}')],

    ['basePath: found "/v1/", allowed: a path such as "/api/v1"', { basePath: '/v1/' }],
    ['publicPrefix: found "/gw/", allowed: a path such as "/gw"', { publicPrefix: '/gw/' }],
    ['basePath: found "v1", allowed', { basePath: 'v1' }],
    ['basePath: found "/", allowed', { basePath: '/' }],
    ['basePath: found "/a/../b", allowed', { basePath: '/a/../b' }],
    ['basePath: found "/a//b", allowed', { basePath: '/a//b' }],
    ['basePath: found "/*", allowed', { basePath: '/*' }],
    ['basePath: found "/a%20b", allowed', { basePath: '/a%20b' }],
    [`basePath: found "${'/'.padEnd(64, 'x')}…", allowed`, { basePath: '/'.padEnd(70, 'x') }],
    ['headerPrefix: found "-X", allowed: 1 to 32 letters, digits and inner hyphens', { headerPrefix: '-X' }],
    ['headerPrefix: found "A_B", allowed', { headerPrefix: 'A_B' }],
    ['headerPrefix: found "", allowed', { headerPrefix: '' }],
    ['publicUrl: found "https://x.example/a", allowed: an origin such as', { publicUrl: 'https://x.example/a' }],
    ['publicUrl: found "ftp://x.example", allowed', { publicUrl: 'ftp://x.example' }],
    ['publicUrl: found "https://…@x.example", allowed', { publicUrl: 'https://u@x.example' }],
    ['publicUrl: found "https://x.example/?q", allowed', { publicUrl: 'https://x.example/?q' }],
    ['publicUrl: found "x.example", allowed', { publicUrl: 'x.example' }],
    ['publicUrl: found an object, allowed', { publicUrl: new URL('https://x.example') }],
    ['mode: found "off", allowed: enforce, observe', { mode: 'off' }],
    ['windowMs: found 999, allowed: a whole number from 1000 to 300000', { windowMs: 999 }],
    ['windowMs: found 300001, allowed', { windowMs: 300_001 }],
    ['windowMs: found 1000.5, allowed', { windowMs: 1000.5 }],
    ['windowMs: found "30000", allowed', { windowMs: '30000' }],
    ['windowMs: found 30000, allowed', { windowMs: 30_000n }],
    ['windowMs: found NaN, allowed', { windowMs: Number.NaN }],
    ['windowMs: found null, allowed', { windowMs: null }],
    ['maxStalenessMs: found -1, allowed: a whole number from 0 to 3600000', { maxStalenessMs: -1 }],
    ['signatureTag: found "", allowed: 1 to 64 printable ASCII characters, or null', { signatureTag: '' }],
    ['signatureTag: found "é", allowed', { signatureTag: 'é' }],
    ['signatureTag: found false, allowed', { signatureTag: false }],

    ['scopes: found a list of 0, allowed: a list of 1 to 256 scopes', { scopes: [] }],
    ['scopes: found "read", allowed: a list', { scopes: 'read' }],
    ['scopes[2]: found "Trade", allowed: a scope such as "read"', { scopes: ['read', 'write', 'Trade'] }],
    ['scopes[2]: found "a::b::c", allowed', { scopes: ['read', 'write', 'a::b::c'] }],
    ['scopes: "write" is missing: managing keys needs it', { scopes: ['read'] }],
    ['scopes: "read" is missing', { scopes: ['write'] }],
    ['scopes[2]: "read" is listed twice', { scopes: ['read', 'write', 'read'] }],
    ['scopes[2]: "pay::out" needs its parent "pay" in the list', { scopes: ['read', 'write', 'pay::out'] }],
    ['scopes[2]: "admin": admin is kept for operators', { scopes: ['read', 'write', 'admin'] }],
    ['scopes[2]: "gate": gate is kept for operators', { scopes: ['read', 'write', 'gate'] }],

    ['tiers: found nothing, allowed: usage tiers by name', { tiers: {} }],
    ['tiers: found a list of 1, allowed: usage tiers by name', { tiers: [TIER] }],
    ['tiers.1st: found "1st" as a name, allowed: ', { tiers: { '1st': TIER } }],
    ['tiers.one.write: is missing', { tiers: { one: { read: BUCKET } }, defaultTier: 'one' }],
    ['tiers.one.read: is missing', { tiers: { one: { write: BUCKET } }, defaultTier: 'one' }],
    ['tiers.one.read.capacity: is missing', { tiers: { one: { ...TIER, read: { refillRate: 1 } } } }],
    ['tiers.one.read.refillRate: found 0, allowed: a number above 0', tierWith({ refillRate: 0 })],
    ['tiers.one.read.refillRate: found Infinity, allowed', tierWith({ refillRate: Number.POSITIVE_INFINITY })],
    ['tiers.one.read.capacity: found 0, allowed: a whole number from 1', tierWith({ capacity: 0 })],
    ['tiers.one.read.capacity: found 1.5, allowed', tierWith({ capacity: 1.5 })],
    ['tiers.one.read.burst: unknown key, nearest known: ', tierWith({ burst: 1 })],
    ['defaultTier: found "basic", allowed: a name of tiers: one', { tiers: { one: TIER } }],
    ['defaultTier: found "gold", allowed: a name of tiers: basic, advanced, ', { defaultTier: 'gold' }],
    ['defaultTier: found "constructor", allowed', { defaultTier: 'constructor' }],
    ['ownPublicKeyTier: found "gold", allowed: a name of tiers: basic, ', { ownPublicKeyTier: 'gold' }],
    ['defaultCost: found -1, allowed: a whole number from 0', { defaultCost: -1 }],
    ['defaultCost: found 101, allowed: 0 to 100, the smallest capacity of read and write', { defaultCost: 101 }],

    ['trustedProxies: found "::1", allowed: a list', { trustedProxies: '::1' }],
    ['trustedProxies[1]: found "10.0.0.1/8", allowed: 10.0.0.0/8', { trustedProxies: ['::1', '10.0.0.1/8'] }],
    [
      'trustedProxies[0]: found "0.0.0.0/0", allowed: an address or a network such as',
      { trustedProxies: ['0.0.0.0/0'] },
    ],
    ['trustedProxies[0]: found "::/0", allowed', { trustedProxies: ['::/0'] }],
    ['trustedProxies[0]: found "::ffff:0:0/96", allowed', { trustedProxies: ['::ffff:0:0/96'] }],
    ['trustedProxies[0]: found "localhost", allowed', { trustedProxies: ['localhost'] }],
    ['trustedProxies[0]: found 1, allowed', { trustedProxies: [1] }],
    ['authorize.source: found "apache", allowed: nginx, caddy, traefik, envoy', { authorize: { source: 'apache' } }],
    ['authorize.source: is missing', { authorize: {} }],
    ['maxKeysPerAccount: found 0, allowed: a whole number from 1 to 100000', { maxKeysPerAccount: 0 }],
    ['abuse.failures: found 0, allowed: a whole number from 1', { abuse: { failures: 0 } }],
    ['abuse.refillPerSecond: found 0, allowed: a number above 0', { abuse: { refillPerSecond: 0 } }],
    ['abuse.refill: unknown key, nearest known: ', { abuse: { refill: 1 } }],
    ['admission.maxClaims: found 0, allowed: a whole number from 1', { admission: { maxClaims: 0 } }],
    ['usage.hoursForDays: found 0, allowed: a whole number from 1', { usage: { hoursForDays: 0 } }],
    ['audit.headEveryMs: found 5, allowed: a whole number from 1000', { audit: { headEveryMs: 5 } }],
    ['audit.headFile: found "", allowed: the path of a file, or null for none', { audit: { headFile: '' } }],

    ['rules: found a list of 0, allowed: a list of 1 to 10000 rules; leave it out', { rules: [] }],
    ['rules: found an object, allowed: a list', { rules: {} }],
    ['rules[0]: found undefined, allowed: an object with match, ', { rules: new Array(1) }],
    ['rules[1]: found "GET /b", allowed: an object with match, ', { rules: [{ match: 'GET /a' }, 'GET /b'] }],
    ['rules[0].match: is missing', { rules: [{ scope: 'read' }] }],
    ['rules[0].match: found 5, allowed: a method and a path, as in "GET /orders/*"', rule({ match: 5 })],
    ['rules[0].match: "get /a" must be a method and a path', rule({ match: 'get /a' })],
    ['rules[0].match: "GET /**/a": ** can stand only at the end of the path', rule({ match: 'GET /**/a' })],
    ['rules[0].path: unknown key, nearest known: match', rule({ path: '/a' })],
    ['rules[0].under: found "base", allowed: root', rule({ under: 'base' })],
    ['rules[0].scope: found "raed", allowed: read, read::block_trade_accept, ', rule({ scope: 'raed' })],
    ['rules[0].scope: found "trade", allowed: read, write', { ...rule({ scope: 'trade' }), scopes: ['read', 'write'] }],
    ['rules[0].cost: found -1, allowed: a whole number from 0', rule({ cost: -1 })],
    ['rules[0].cost: found 601, allowed: 0 to 600, what bucket "read" holds in tier "basic"', rule({ cost: 601 })],
    ['rules[0].cost: found 101, allowed: 0 to 100, what bucket "write"', rule({ match: '* /a', cost: 101 })],
    ['rules[0].cost: found 101, allowed: 0 to 100, what bucket "write"', rule({ bucket: 'write', cost: 101 })],
    [
      'rules[0].cost: found 50, allowed: 0 to 20, what bucket "read" holds in tier "one"',
      {
        tiers: { one: { ...TIER, write: { refillRate: 1, capacity: 100 } } },
        defaultTier: 'one',
        ...rule({ match: '* /a', cost: 50 }),
      },
    ],
    ['rules[0].bucket: found "search", allowed: read, write', rule({ bucket: 'search' })],
    // A bucket of one tier only.
    ['rules[0].bucket: found "batch", allowed: read, write', { ...inTiers(), ...rule({ bucket: 'batch' }) }],
    [
      'rules[0]: its cost is the default one, 10; allowed: 0 to 5, what bucket "search" holds in tier "one"',
      { tiers: { one: TIERS.one }, defaultTier: 'one', ...rule({ bucket: 'search' }) },
    ],
    ['rules[0].replay: found "on", allowed: off, all, strict', rule({ replay: 'on' })],
    ['rules[0].query: found "allow", allowed: refuse', rule({ query: 'allow' })],
    ['rules[0].public: found false, allowed: true; leave it out where a key is needed', rule({ public: false })],
    ['rules[0].scope: a public rule asks for no key', rule({ public: true, scope: 'read' })],
    ['rules[0].cost: a public rule asks for no key', rule({ public: true, cost: 0 })],
    ['rules[0].replay: a public rule asks for no key', rule({ public: true, replay: 'off' })],
    ['rules[0].minimumProfile: found "x", allowed: access-headers, http-message', rule({ minimumProfile: 'x' })],
    [
      'rules[2].match: can never match: rules[0], "GET /*", comes first and takes all its requests',
      { rules: [{ match: 'GET /*' }, { match: 'POST /*' }, { match: 'GET /a' }] },
    ],
    ['rules[1].match: can never match: rules[0]', { rules: [{ match: 'GET /a' }, { match: 'GET /a' }] }],
  ])('is refused: %s', (problem, raw) => {
    const { problems } = check(raw)
    expect(problems.map((told) => told.slice(0, problem.length))).toEqual([problem])
  })

  it('has all its problems told, and what follows from them not', () => {
    const { problems } = check({
      mode: 'x',
      scopes: ['Read'],
      tiers: { one: {} },
      rules: [
        { match: 'GET a' },
        { match: 'GET /a', scope: 'any', bucket: 'any', cost: 1e6 },
        { match: 'GET /b', cots: 1 },
      ],
    })
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'mode',
      'scopes[0]',
      'tiers.one',
      'rules[0].match',
      'rules[2].cots',
    ])
  })

  it('throws nothing, whatever it is, and takes only what can be handed to a thread', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    const keys = fc.constantFrom<string>(...Object.keys(DEFAULT_SETTINGS), 'publicUrl', 'ownPublicKeyTier')
    const leaf = fc.oneof(anything, fc.constantFrom('read', 'write', 'GET /a', '* /**', 1, 0, null, BUCKET, TIER))
    const record = fc.dictionary(fc.oneof(keys, fc.constantFrom('read', 'match', 'scope', 'cost'), fc.string()), leaf)
    const raw = fc.oneof(anything, fc.dictionary(keys, fc.oneof(leaf, record, fc.array(fc.oneof(leaf, record)))))
    fc.assert(
      fc.property(raw, (value) => {
        const { config, problems } = check(value)
        expect(structuredClone(config)).toEqual(config)
        for (const problem of problems) expect(problem.length).toBeLessThan(1_000)
      }),
      { numRuns: 2_000 },
    )
  })
})

function rule(row: object): { rules: object[] } {
  return { rules: [{ match: 'GET /a', ...row }] }
}

function tierWith(bucket: object): unknown {
  return { tiers: { one: { ...TIER, read: { ...BUCKET, ...bucket } } }, defaultTier: 'one' }
}

function inTiers(): Config {
  return { tiers: TIERS, defaultTier: 'one' }
}

function withoutRules({ rules, ...settings }: typeof DEFAULT_SETTINGS): Config {
  const {
    host,
    port,
    authorizePort,
    plane,
    workers,
    logLevel,
    headersTimeoutMs,
    requestTimeoutMs,
    unreadTimeoutMs,
    keyPairWaitMs,
    singleNodePromises,
    ...config
  } = settings
  return config
}
