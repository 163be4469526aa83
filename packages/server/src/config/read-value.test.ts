import fc from 'fast-check'
import { Check } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { ConfigSchema, withDefaults } from './config-schema.ts'
import { readValue } from './read-value.ts'

const BUCKET = { refillRate: 1, capacity: 1 }
const RULE = { match: 'GET /a', under: 'root', cost: 0, query: 'refuse', replay: 'all' }
const VALID: Readonly<Record<string, unknown>> = {
  ...withDefaults({}),
  publicUrl: 'https://api.example.com',
  ownPublicKeyTier: 'basic',
  rules: [RULE],
  audit: { headFile: null },
  $schema: 'x',
}

function read(value: unknown): { copy: unknown; problems: number } {
  let problems = 0
  const copy = readValue(ConfigSchema, value, [], () => problems++)
  return { copy, problems }
}

describe('readValue', () => {
  it('reports a problem exactly if the schema refuses the value, and else answers a copy', () => {
    const leaf = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>('', 'a', 'read', 'root', '/v1', 'GET /a', 0, 1, 1e3, 1e9, 1e10, 0.5, true, null, [], {}),
    )
    const part = fc.oneof(
      leaf,
      fc.dictionary(
        fc.constantFrom('read', 'write', 'refillRate', 'capacity', 'failures', 'headFile', 'rsa', 'x'),
        leaf,
      ),
      fc.record(
        { read: fc.constant(BUCKET), write: fc.oneof(fc.constant(BUCKET), leaf), '1st': leaf },
        { requiredKeys: [] },
      ),
      fc.dictionary(
        fc.constantFrom('low', 'high', '1st'),
        fc.oneof(fc.constant({ read: BUCKET, write: BUCKET }), leaf),
      ),
      fc.array(
        fc.oneof(leaf, fc.record({ match: leaf, cost: leaf, public: leaf }, { requiredKeys: [] }), fc.constant(RULE)),
      ),
    )
    const config = fc
      .tuple(
        fc.subarray(Object.keys(VALID)),
        fc.dictionary(fc.constantFrom(...Object.keys(VALID), 'mod', 'constructor'), part),
      )
      .map(([keys, others]) => ({ ...Object.fromEntries(keys.map((key) => [key, VALID[key]])), ...others }))
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(config, leaf), (value) => {
        const { copy, problems } = read(value)
        expect(problems === 0).toBe(Check(ConfigSchema, value))
        if (problems > 0) return
        accepted++
        expect(copy).toEqual(value)
        expect(copy).not.toBe(value)
      }),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(100)
  })
})

describe('withDefaults', () => {
  it('fills groups in part, and leaves the defaults and its argument alone', () => {
    const config = { abuse: { failures: 7 } }
    const settings = withDefaults(config)
    expect(settings).toEqual({ ...withDefaults({}), abuse: { failures: 7, refillPerSecond: 5 } })
    expect(config).toEqual({ abuse: { failures: 7 } })
    expect(withDefaults({}).tiers).not.toBe(settings.tiers)
  })

  it('gives settings that the schema accepts, but for the empty list of rules', () => {
    const { rules, ...settings } = withDefaults({})
    expect(rules).toEqual([])
    expect(Check(ConfigSchema, settings)).toBe(true)
  })
})
