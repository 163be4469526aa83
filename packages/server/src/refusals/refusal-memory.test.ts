import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Denied, denied } from '@countersign/gate'
import { describe, expect, test } from 'vitest'
import { collectRefusals } from './collect-refusals.ts'
import { createRefusalMemory, MAX_CLAIMED, MAX_OF_KEY } from './refusal-memory.ts'

const HEADER = 'kalshi-access-key'

function proven(keyId: string, parts: Partial<Denied> = {}): Denied {
  return { ...denied('insufficient_scope', 'write'), provenKeyId: keyId, provenAccountId: 'a', ...parts }
}

function request(headers: Readonly<Record<string, string>> = {}, target = '/orders?a=b') {
  return { method: 'GET', target, ip: '203.0.113.7', header: (name: string) => headers[name] }
}

describe('a memory of refusals', () => {
  test('keeps those of a key apart from those that prove nothing', () => {
    const memory = createRefusalMemory(HEADER, () => 5)
    memory.refused(proven('k'), request())
    memory.refused(denied('signature_incorrect'), request({ [HEADER]: 'k' }))
    const common = { at: 5, method: 'GET', path: '/orders', ip: '203.0.113.7' }
    expect(memory.ofKey('k')).toEqual([{ ...common, denied: 'insufficient_scope', details: 'write' }])
    expect(memory.claimed()).toEqual([{ ...common, denied: 'signature_incorrect', claimedKeyId: 'k' }])
    expect(memory.ofKey('other')).toEqual([])
  })

  test('reads the claimed key id of an RFC 9421 signature, and 64 characters of any', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    memory.refused(
      denied('key_not_found'),
      request({ 'signature-input': 'sig1=("@method");created=1;keyid="k";tag="t"' }),
    )
    memory.refused(denied('key_not_found'), request({ [HEADER]: 'x'.repeat(9_000) }))
    memory.refused(denied('credentials_missing'), request())
    expect(memory.claimed().map(({ claimedKeyId }) => claimedKeyId)).toEqual(['k', 'x'.repeat(64), undefined])
  })

  test('forgets the oldest', () => {
    let now = 0
    const memory = createRefusalMemory(HEADER, () => now++)
    for (let i = 0; i < MAX_OF_KEY + 3; i++) memory.refused(proven('k'), request())
    expect(memory.ofKey('k').map(({ at }) => at)).toEqual(Array.from({ length: MAX_OF_KEY }, (_, i) => i + 3))
    const start = now
    for (let i = 0; i < MAX_CLAIMED + 3; i++) memory.refused(denied('key_not_found'), request())
    expect(memory.claimed().map(({ at }) => at)).toEqual(Array.from({ length: MAX_CLAIMED }, (_, i) => start + i + 3))
  })

  test('forgets the keys that were refused the longest ago', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    memory.refused(proven('first'), request())
    memory.refused(proven('second'), request())
    memory.refused(proven('first'), request())
    for (let i = 0; i < 999; i++) memory.refused(proven(`k${i}`), request())
    expect(memory.ofKey('first')).toHaveLength(2)
    expect(memory.ofKey('second')).toHaveLength(0)
  })

  test('keeps the texts of a diagnosis where they are short', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    const words = { cause: 'query_signed', hint: 'h', expectedText: 'b' }
    memory.refused(proven('k', { diagnosis: { ...words, signedText: 'a' } }), request())
    memory.refused(proven('k', { diagnosis: { ...words, signedText: 'a'.repeat(2_000) } }), request())
    const [first, second] = memory.ofKey('k')
    expect(first?.diagnosis).toEqual({ ...words, signedText: 'a' })
    expect(second?.diagnosis).toEqual({ cause: 'query_signed', hint: 'h' })
  })

  test('cuts what a sender made long', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    memory.refused(proven('k'), { ...request({}, `/${'a'.repeat(5_000)}`), method: 'M'.repeat(99) })
    expect(memory.ofKey('k')[0]).toMatchObject({ method: 'M'.repeat(32), path: `/${'a'.repeat(511)}` })
  })
})

test('what several threads remember is one list, newest first, no longer than one may be', () => {
  const at = (time: number) => ({ at: time, denied: 'key_not_found', method: 'GET', path: '/', ip: '' }) as const
  expect(
    collectRefusals(
      [
        [at(1), at(4)],
        [at(2), at(3)],
      ],
      true,
    ).map((it) => it.at),
  ).toEqual([4, 3, 2, 1])
  const many = Array.from({ length: 300 }, (_, i) => at(i))
  expect(collectRefusals([many, many], true)).toHaveLength(MAX_OF_KEY)
  expect(collectRefusals([many, many], false)).toHaveLength(MAX_CLAIMED)
})

test('of a long target no more is kept than is remembered', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const memory = createRefusalMemory(HEADER, () => 0)
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 2_000; i++) {
    const target = Buffer.from(`/orders/of/account/${i}?${'q'.repeat(14_000)}`).toString('latin1')
    memory.refused(proven(`k${i % 40}`), request({}, target))
  }
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10e6)
  expect(memory.ofKey('k0')).toHaveLength(MAX_OF_KEY)
})

test('a path is remembered with the public prefix, as the client sent it', () => {
  const memory = createRefusalMemory(HEADER, () => 0, '/gw')
  memory.refused(denied('key_not_found'), {
    method: 'GET',
    target: '/orders?a=1',
    ip: '127.0.0.1',
    header: () => undefined,
  })
  expect(memory.claimed()).toMatchObject([{ path: '/gw/orders' }])
})
