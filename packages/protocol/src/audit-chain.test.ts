import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auditHashParts, chainStart, checkEvent, hashEvent } from './audit-chain.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { encodeUtf8 } from './encoding.ts'
import { digestOf } from './ready-key.ts'

const START = { seq: 0, hash: 'start' }

describe('canonicalJson', () => {
  it('has one spelling for one value, whatever the order of its names', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value as Json)
        expect(canonicalJson(reversed(value as Json))).toBe(text)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
    )
  })

  it.each([
    [
      { b: [1, 'é', null, { z: true, a: -0 }], a: '\u2028"\n' },
      '{"a":"\u2028\\"\\n","b":[1,"é",null,{"a":0,"z":true}]}',
    ],
    [{ '\u{1f600}': 1, '\ufb33': 2, 10: 3, 9: 4 }, '{"10":3,"9":4,"\u{1f600}":1,"\ufb33":2}'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ])('of %j is as RFC 8785 says', (value, expected) => {
    expect(canonicalJson(value as Json)).toBe(expected)
  })

  it('leaves out what is undefined, and keeps what is null', () => {
    expect(canonicalJson({ a: undefined, b: { c: undefined, d: null } })).toBe('{"b":{"d":null}}')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (value) => {
    expect(() => canonicalJson([value])).toThrow(TypeError)
  })
})

describe('checkEvent', () => {
  const unchained = { seq: 1, previous_hash: 'start', action: 'key.created', after: { name: 'bot', scopes: ['read'] } }

  it('takes the event that follows', async () => {
    const event = { ...unchained, hash: await hashEvent(unchained) }
    expect(await checkEvent(event, START)).toBeUndefined()
    expect(await checkEvent(event, { seq: 0 })).toBeUndefined()
  })

  it('tells what is wrong with any other', async () => {
    const event = { ...unchained, hash: await hashEvent(unchained) }
    expect(await checkEvent(event, { seq: 1, hash: 'start' })).toBe('events_missing')
    expect(await checkEvent(event, { seq: 0, hash: 'other' })).toBe('wrong_previous_hash')
    const changes: readonly object[] = [
      { action: 'key.deleted' },
      { after: { name: 'bot' } },
      { hash: 'x' },
      { more: 1 },
    ]
    for (const change of changes) {
      expect(await checkEvent({ ...event, ...change }, START)).toBe('wrong_hash')
    }
  })

  it('hashes what anybody can compute: the purpose, then the canonical event', async () => {
    expect(await hashEvent({ seq: 1, previous_hash: 'x' })).toBe('eLrXffGqoOLHNeVpIXNUCVXAQqplTqcwo3mzVY0PsXA')
    expect(await chainStart('7b1c1d1e-0000-4000-8000-000000000000')).toEqual({
      seq: 0,
      hash: 'DYGYJ-5YnPbAnsBvwJyySck4nR0ioblcB8Rl_E6IlqY',
    })
  })
})

describe('auditHashParts', () => {
  it('are the hashed text around the place of the event', async () => {
    const names = fc.constantFrom(
      'action',
      'after',
      'at',
      'reason',
      'a',
      'previous_hasg',
      'previous_hash2',
      'sep',
      'seqs',
      'zz',
    )
    const fields = fc.dictionary(names, fc.jsonValue({ noUnicodeString: false }))
    await fc.assert(
      fc.asyncProperty(fields, fc.nat(), fc.base64String(), async (event, seq, previous_hash) => {
        const { before, between, after } = auditHashParts(event as { [name: string]: Json })
        const text = `${before}${previous_hash}${between}${seq}${after}`
        expect(await digestOf(encodeUtf8(text))).toBe(await hashEvent({ ...(event as object), seq, previous_hash }))
      }),
    )
  })
})

function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(reversed)
  const names = Object.keys(value).reverse()
  return Object.fromEntries(names.map((name) => [name, reversed((value as Record<string, Json>)[name] ?? null)]))
}
