import { beforeAll, describe, expect, test } from 'vitest'
import { newPair, newRecord, type Pair } from '../test/fixtures.ts'
import { keySourceContract } from '../test/key-source-contract.ts'
import { createKeyCache, type KeyCacheOptions } from './key-cache.ts'
import type { KeyRecord } from './ports.ts'

let pair: Pair

beforeAll(async () => {
  pair = await newPair('ed25519')
})

type Loaded = KeyRecord | undefined | 'unavailable'

/** A cache over a store whose answers the test gives, on a clock that the test moves. */
function setUp(options: Partial<KeyCacheOptions> = {}) {
  const store = new Map<string, KeyRecord>()
  const clock = { nowMs: 1_000_000 }
  const state = { loads: 0, available: true }
  const cache = createKeyCache({
    load: async (keyId): Promise<Loaded> => {
      state.loads++
      return state.available ? store.get(keyId) : 'unavailable'
    },
    now: () => clock.nowMs,
    ...options,
  })
  cache.freshAsOf(clock.nowMs)
  const put = (record: KeyRecord) => {
    store.set(record.keyId, record)
    cache.apply([{ accountId: record.accountId, keyId: record.keyId }])
    return record
  }
  return { cache, store, clock, state, put }
}

/** A promise and the function that settles it. */
function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe('as a key source', () =>
  keySourceContract(async () => {
    const { cache, store, put } = setUp()
    return {
      keys: cache,
      put: (record) => void put(record),
      remove: ({ keyId, accountId }) => {
        store.delete(keyId)
        cache.apply([{ accountId, keyId }])
      },
      newRecord: async () => newRecord(pair.verifying),
    }
  }))

describe('freshness', () => {
  test('while the last good poll is young, one read serves all uses', async () => {
    const { cache, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    for (let use = 0; use < 5; use++) expect(await cache.find(keyId)).toMatchObject({ keyId })
    expect(state.loads).toBe(1)
  })

  test('an unknown id is remembered too', async () => {
    const { cache, state } = setUp()
    for (let use = 0; use < 5; use++) expect(await cache.find('x')).toBeUndefined()
    expect(state.loads).toBe(1)
  })

  test('two seconds after the last good poll each use reads again, until the next poll', async () => {
    const { cache, clock, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    clock.nowMs += 1_999
    await cache.find(keyId)
    expect(state.loads).toBe(1)
    clock.nowMs += 1
    await cache.find(keyId)
    await cache.find(keyId)
    expect(state.loads).toBe(3)
    cache.freshAsOf(clock.nowMs)
    await cache.find(keyId)
    expect(state.loads).toBe(3)
  })

  test('on a clock that was set back, what was held before counts for nothing until it is vouched for again', async () => {
    const { cache, clock, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    clock.nowMs -= 3_600_000
    await cache.find(keyId)
    expect(state.loads).toBe(2)
    cache.freshAsOf(clock.nowMs)
    await cache.find(keyId)
    expect(state.loads).toBe(2)
    clock.nowMs += 2_000
    await cache.find(keyId)
    expect(state.loads).toBe(3)
  })

  test('nor does it in an outage', async () => {
    const { cache, clock, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    clock.nowMs -= 1
    state.available = false
    expect(await cache.find(keyId)).toBe('unavailable')
  })

  test('a poll that ended late vouches only for the time at which it began', async () => {
    const { cache, clock, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    clock.nowMs += 5_000
    cache.freshAsOf(clock.nowMs - 3_000)
    await cache.find(keyId)
    expect(state.loads).toBe(2)
  })

  test('without the store, what is cached counts for 30 s after it was last vouched for, and not a moment longer', async () => {
    const { cache, clock, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    state.available = false
    clock.nowMs += 29_999
    expect(await cache.find(keyId)).toMatchObject({ keyId })
    clock.nowMs += 1
    expect(await cache.find(keyId)).toBe('unavailable')
    state.available = true
    expect(await cache.find(keyId)).toMatchObject({ keyId })
  })

  test('without the store, what is not cached is unavailable rather than unknown', async () => {
    const { cache, state } = setUp()
    state.available = false
    expect(await cache.find('x')).toBe('unavailable')
    state.available = true
    expect(await cache.find('x')).toBeUndefined()
  })

  test('a fault of the store is thrown and nothing is remembered of it', async () => {
    const fault = new Error('a fault')
    let loads = 0
    const { cache } = setUp({
      load: async () => {
        if (++loads === 1) throw fault
        return undefined
      },
    })
    await expect(cache.find('x')).rejects.toBe(fault)
    expect(await cache.find('x')).toBeUndefined()
  })
})

describe('changes', () => {
  test('of an account forget all its keys and no others', async () => {
    const { cache, state, put } = setUp()
    const mine = [
      put(newRecord(pair.verifying, { accountId: 'a' })),
      put(newRecord(pair.verifying, { accountId: 'a' })),
    ]
    const other = put(newRecord(pair.verifying, { accountId: 'b' }))
    for (const { keyId } of [...mine, other]) await cache.find(keyId)
    cache.apply([{ accountId: 'a' }])
    for (const { keyId } of [...mine, other]) await cache.find(keyId)
    expect(state.loads).toBe(5)
  })

  test('clear forgets everything', async () => {
    const { cache, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    await cache.find('x')
    cache.clear()
    await cache.find(keyId)
    await cache.find('x')
    expect(state.loads).toBe(4)
  })

  test.each(['the key', 'its account', 'everything'])(
    'a look-up that a change of %s overtook is discarded',
    async (what) => {
      const answers = [deferred<Loaded>(), deferred<Loaded>()]
      let loads = 0
      const { cache } = setUp({ load: () => answers[loads++]?.promise ?? Promise.resolve(undefined) })
      const record = newRecord(pair.verifying)
      const asked = cache.find(record.keyId)
      await Promise.resolve()
      if (what === 'everything') cache.clear()
      else cache.apply([{ accountId: record.accountId, ...(what === 'the key' && { keyId: record.keyId }) }])
      const askedAfterwards = cache.find(record.keyId)
      answers[0]?.resolve(record)
      answers[1]?.resolve(undefined)
      expect(await asked).toBeUndefined()
      expect(await askedAfterwards).toBeUndefined()
      expect(await cache.find(record.keyId)).toBeUndefined()
      expect(loads).toBe(2)
    },
  )

  test('a key that changes faster than it can be read is unavailable, not read for ever', async () => {
    let loads = 0
    const { cache } = setUp({
      load: async (keyId) => {
        loads++
        cache.apply([{ accountId: 'a', keyId }])
        return newRecord(pair.verifying)
      },
    })
    expect(await cache.find('x')).toBe('unavailable')
    expect(loads).toBe(10)
  })
})

describe('bounds', () => {
  test('simultaneous misses of one key share one read', async () => {
    const { cache, state, put } = setUp()
    const { keyId } = put(newRecord(pair.verifying))
    const found = await Promise.all(Array.from({ length: 100 }, () => cache.find(keyId)))
    expect(found.every((record) => typeof record === 'object' && record.keyId === keyId)).toBe(true)
    expect(state.loads).toBe(1)
  })

  test('the least recently used key leaves first', async () => {
    const { cache, state, put } = setUp({ maxKeys: 2 })
    const [a, b, c] = [1, 2, 3].map(() => put(newRecord(pair.verifying)).keyId)
    for (const keyId of [a, b, a, c]) await cache.find(String(keyId))
    expect(state.loads).toBe(3)
    await cache.find(String(a))
    expect(state.loads).toBe(3)
    await cache.find(String(b))
    expect(state.loads).toBe(4)
  })

  test('unknown ids push out no key', async () => {
    const { cache, state, put } = setUp({ maxKeys: 2, maxUnknown: 2 })
    const { keyId } = put(newRecord(pair.verifying))
    await cache.find(keyId)
    for (let id = 0; id < 100; id++) await cache.find(`unknown ${id}`)
    await cache.find(keyId)
    expect(state.loads).toBe(101)
    await cache.find('unknown 99')
    expect(state.loads).toBe(101)
    await cache.find('unknown 0')
    expect(state.loads).toBe(102)
  })
})
