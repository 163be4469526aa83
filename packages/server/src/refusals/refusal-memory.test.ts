import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Denied, denied } from '@countersign/gate'
import { describe, expect, test } from 'vitest'
import { MAX_OF_KEY, MAX_WAITING, MAX_WAITING_CLAIMED } from './limits.ts'
import { mergeRefusals } from './merge-refusals.ts'
import { createRefusalMemory } from './refusal-memory.ts'

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
    const id = expect.any(String)
    expect(memory.waiting('k')).toEqual([{ ...common, id, keyId: 'k', denied: 'insufficient_scope', details: 'write' }])
    expect(memory.waiting(undefined)).toEqual([{ ...common, id, denied: 'signature_incorrect', claimedKeyId: 'k' }])
    expect(memory.waiting('other')).toEqual([])
  })

  test('reads the claimed key id of an RFC 9421 signature, and 64 characters of any', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    memory.refused(
      denied('key_not_found'),
      request({ 'signature-input': 'sig1=("@method");created=1;keyid="k";tag="t"' }),
    )
    memory.refused(denied('key_not_found'), request({ [HEADER]: 'x'.repeat(9_000) }))
    memory.refused(denied('credentials_missing'), request())
    expect(memory.waiting(undefined).map(({ claimedKeyId }) => claimedKeyId)).toEqual(['k', 'x'.repeat(64), undefined])
  })

  test('forgets the oldest', () => {
    let now = 0
    const memory = createRefusalMemory(HEADER, () => now++)
    for (let i = 0; i < MAX_OF_KEY + 3; i++) memory.refused(proven('k'), request())
    expect(memory.waiting('k').map(({ at }) => at)).toEqual(Array.from({ length: MAX_OF_KEY }, (_, i) => i + 3))
    const start = now
    for (let i = 0; i < MAX_WAITING_CLAIMED + 3; i++) memory.refused(denied('key_not_found'), request())
    expect(memory.waiting(undefined).map(({ at }) => at)).toEqual(
      Array.from({ length: MAX_WAITING_CLAIMED }, (_, i) => start + i + 3),
    )
  })

  test('forgets the keys that were refused the longest ago', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    memory.refused(proven('first'), request())
    memory.refused(proven('second'), request())
    memory.refused(proven('first'), request())
    for (let i = 0; i < MAX_WAITING - 2; i++) memory.refused(proven(`k${i}`), request())
    expect(memory.waiting('first')).toHaveLength(2)
    expect(memory.waiting('second')).toHaveLength(0)
  })

  test('keeps the texts of a diagnosis where they are short', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    const words = { cause: 'query_signed', hint: 'h', expectedText: 'b' }
    memory.refused(proven('k', { diagnosis: { ...words, signedText: 'a' } }), request())
    memory.refused(proven('k', { diagnosis: { ...words, signedText: 'a'.repeat(2_000) } }), request())
    const [first, second] = memory.waiting('k')
    expect(first?.diagnosis).toEqual({ ...words, signedText: 'a' })
    expect(second?.diagnosis).toEqual({ cause: 'query_signed', hint: 'h' })
  })

  test('cuts what a sender made long', () => {
    const memory = createRefusalMemory(HEADER, () => 0)
    memory.refused(proven('k'), { ...request({}, `/${'a'.repeat(5_000)}`), method: 'M'.repeat(99) })
    expect(memory.waiting('k')[0]).toMatchObject({ method: 'M'.repeat(32), path: `/${'a'.repeat(511)}` })
  })
})

test('what is taken does not wait any more', () => {
  const memory = createRefusalMemory(HEADER, () => 0)
  memory.refused(proven('k'), request())
  memory.refused(denied('key_not_found'), request())
  expect(memory.take().map(({ keyId }) => keyId)).toEqual([undefined, 'k'])
  expect([memory.waiting('k'), memory.waiting(undefined), memory.take()]).toEqual([[], [], []])
})

test('refusals of several places are one list, each once, newest first, and no longer than asked', () => {
  const at = (time: number) =>
    ({ id: `${time}`, at: time, denied: 'key_not_found', method: 'GET', path: '/', ip: '' }) as const
  const lists = [
    [at(1), at(4)],
    [at(2), at(3)],
    [at(4), at(1)],
  ]
  expect(mergeRefusals(lists, 50).map((it) => it.at)).toEqual([4, 3, 2, 1])
  expect(mergeRefusals(lists, 3).map((it) => it.at)).toEqual([4, 3, 2])
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
  expect(memory.waiting('k39').length).toBeGreaterThan(0)
})

test('a path is remembered with the public prefix, as the client sent it', () => {
  const memory = createRefusalMemory(HEADER, () => 0, '/gw')
  memory.refused(denied('key_not_found'), {
    method: 'GET',
    target: '/orders?a=1',
    ip: '127.0.0.1',
    header: () => undefined,
  })
  expect(memory.waiting(undefined)).toMatchObject([{ path: '/gw/orders' }])
})
