import type { KeyCache, KeyChange } from '@countersign/gate'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { createLogger } from '../observe/log.ts'
import { setAccountSuspended } from '../storage/accounts.ts'
import type { Database } from '../storage/database.ts'
import { latestKeyChange, pruneKeyChanges, readKeyChangesAfter } from '../storage/key-changes.ts'
import { inTransaction } from '../storage/transaction.ts'
import { followKeyChanges } from './key-feed.ts'

/** What the feed takes no notice of. */
const UNUSED = {
  dialect: 'sqlite',
  location: '',
  ping: async () => {},
  patiently: () => Promise.reject(new Error('not used')),
  close: async () => {},
} as const

describeOnEachDatabase('followKeyChanges', (on) => {
  let nowMs: number
  let isBroken: boolean
  let reads: number
  let log: string[]
  let seen: (KeyChange | 'clear')[]
  let freshAsOf: number[]
  let abort: AbortController
  let ended: Promise<void>

  const cache: KeyCache = {
    find: () => undefined,
    apply: (changes) => void seen.push(...changes),
    clear: () => void seen.push('clear'),
    freshAsOf: (timeMs) => void freshAsOf.push(timeMs),
  }

  /** The suite's database, whose connection a test can break. */
  const breakable: Database = {
    get kysely() {
      reads++
      if (isBroken) throw new Error('no connection')
      return on.database().kysely
    },
    get reader() {
      return this.kysely
    },
    ...UNUSED,
  }

  beforeEach(() => {
    nowMs = 1_700_000_000_000
    isBroken = false
    reads = 0
    log = []
    seen = []
    freshAsOf = []
    abort = new AbortController()
    ended = followKeyChanges(
      {
        database: breakable,
        cache,
        log: createLogger('info', { write: (line) => void log.push(JSON.parse(line).msg) }),
        intervalMs: 5,
        now: () => nowMs,
      },
      abort.signal,
    )
  })
  afterEach(async () => {
    abort.abort()
    await ended
  })

  test('begins with nothing cached, and vouches for it from the moment before it read', async () => {
    await vi.waitFor(() => expect(freshAsOf.length).toBeGreaterThan(0))
    expect(seen).toEqual(['clear'])
    expect(freshAsOf[0]).toBe(nowMs)
  })

  test('tells of every change once, in order: of a key, or of a whole account', async () => {
    await untilStarted()
    const { accountId } = await givenAccount(on.database())
    const one = await givenApiKey(on.database(), accountId)
    const two = await givenApiKey(on.database(), accountId)
    await inTransaction(on.database(), (trx) => setAccountSuspended(trx, accountId, true, nowMs))

    await vi.waitFor(() => expect(seen).toHaveLength(4))
    await untilPolled()
    expect(seen).toEqual([
      'clear',
      { accountId, keyId: one.apiKeyId },
      { accountId, keyId: two.apiKeyId },
      { accountId },
    ])
  })

  test('catches up with more changes than one page holds before it vouches for anything', async () => {
    await untilStarted()
    freshAsOf.length = 0
    const vouchedAt: number[] = []
    const freshAsOfSpy = vi.spyOn(cache, 'freshAsOf').mockImplementation(() => void vouchedAt.push(seen.length))
    await appendChanges(2_500)

    await vi.waitFor(() => expect(seen).toHaveLength(2_501))
    freshAsOfSpy.mockRestore()
    expect(vouchedAt.filter((length) => length > 1 && length < 2_501)).toEqual([])
    expect(seen.slice(1).map((change) => (change === 'clear' ? change : change.keyId))).toEqual(
      Array.from({ length: 2_500 }, (_, i) => `key ${i}`),
    )
  })

  test('goes on where it was after polls that failed, and vouches for nothing while they do', async () => {
    await untilStarted()
    isBroken = true
    await vi.waitFor(() => expect(log).toContain('key changes cannot be read'))
    const vouched = freshAsOf.length
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId: keyId } = await givenApiKey(on.database(), accountId)
    const failed = reads
    await vi.waitFor(() => expect(reads).toBeGreaterThan(failed + 3))
    expect(freshAsOf).toHaveLength(vouched)
    expect(seen).toEqual(['clear'])

    isBroken = false
    await vi.waitFor(() => expect(log).toContain('key changes are read again'))
    expect(seen).toEqual(['clear', { accountId, keyId }])
    expect(freshAsOf.length).toBeGreaterThan(vouched)
    expect(log).toEqual(['key changes cannot be read', 'key changes are read again'])
  })

  test('drops everything cached where changes were pruned before it read them, and goes on behind them', async () => {
    await untilStarted()
    isBroken = true
    await vi.waitFor(() => expect(log).toHaveLength(1))
    await appendChanges(3)
    await inTransaction(on.database(), (trx) => pruneKeyChanges(trx, nowMs + 1, 100_000))
    isBroken = false

    await vi.waitFor(() => expect(seen).toEqual(['clear', 'clear']))
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId: keyId } = await givenApiKey(on.database(), accountId)
    await vi.waitFor(() => expect(seen).toEqual(['clear', 'clear', { accountId, keyId }]))
  })

  test('prunes what is older than a day, once an hour', async () => {
    await untilStarted()
    await appendChanges(2)
    await vi.waitFor(() => expect(seen).toHaveLength(3))
    const before = (await latestKeyChange(on.database().kysely)) - 2
    expect((await readKeyChangesAfter(on.database().kysely, before, 10)).changes).toHaveLength(2)

    nowMs += 25 * 3_600_000
    await vi.waitFor(async () => {
      expect((await readKeyChangesAfter(on.database().kysely, before, 10)).gap).toBe(true)
    })
    expect(log).toEqual([])
  })

  test('ends when it is told to', async () => {
    await untilStarted()
    abort.abort()
    await expect(ended).resolves.toBeUndefined()
  })

  async function untilStarted(): Promise<void> {
    await vi.waitFor(() => expect(freshAsOf.length).toBeGreaterThan(0))
  }

  async function untilPolled(): Promise<void> {
    const polls = freshAsOf.length
    await vi.waitFor(() => expect(freshAsOf.length).toBeGreaterThan(polls + 1))
  }

  async function appendChanges(count: number): Promise<void> {
    await inTransaction(on.database(), async (trx) => {
      const first = (await latestKeyChange(trx)) + 1
      const rows = Array.from({ length: count }, (_, i) => ({
        seq: first + i,
        account_id: 'account',
        api_key_id: `key ${i}`,
        changed_at: nowMs,
      }))
      for (let i = 0; i < count; i += 500) {
        await trx
          .insertInto('key_changes')
          .values(rows.slice(i, i + 500))
          .execute()
      }
      await trx
        .updateTable('counters')
        .set({ value: first + count - 1 })
        .where('name', '=', 'key_changes')
        .execute()
    })
  }
})

test('a feed that never reached its database says so once, and ends when it is told to', async () => {
  const log: string[] = []
  let reads = 0
  const abort = new AbortController()
  const ended = followKeyChanges(
    {
      database: {
        ...UNUSED,
        get kysely(): Database['kysely'] {
          reads++
          throw new Error('no connection')
        },
        get reader() {
          return this.kysely
        },
      },
      cache: { find: () => undefined, apply: () => {}, clear: () => {}, freshAsOf: () => {} },
      log: createLogger('info', { write: (line) => void log.push(JSON.parse(line).msg) }),
      intervalMs: 1,
    },
    abort.signal,
  )
  await vi.waitFor(() => expect(reads).toBeGreaterThan(5))
  abort.abort()
  await ended
  expect(log).toEqual(['key changes cannot be read'])
})
