import { generateKeyPairSync } from 'node:crypto'
import type { KeyRecord } from '@countersign/gate'
import { importVerifyingKey } from '@countersign/protocol'
import type { KyselyPlugin } from 'kysely'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { createLogger } from '../observe/log.ts'
import { deleteApiKey } from '../storage/change-api-keys.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type KeyAccess, openKeyAccess } from './key-access.ts'

const MAX_STALENESS_MS = 5_000
/** How a database that is gone shows itself. */
const GONE = {
  sqlite: { code: 'ERR_SQLITE_ERROR', errcode: 5 },
  postgres: { code: 'ECONNREFUSED' },
}

describeOnEachDatabase('key access', (on) => {
  const clock = { nowMs: 0 }
  let log: string[]
  let keys: Trouble
  let feed: Trouble
  let access: KeyAccess
  let account: string
  let keyId: string

  beforeEach(async () => {
    clock.nowMs = 1_700_000_000_000
    log = []
    keys = new Trouble(GONE[on.dialect])
    feed = new Trouble(GONE[on.dialect])
    const troubles = [keys, feed]
    account = (await givenAccount(on.database())).accountId
    keyId = await givenRealKey()
    access = await openKeyAccess({
      settings: { ...DEFAULT_SETTINGS, databaseUrl: on.url(), maxStalenessMs: MAX_STALENESS_MS },
      log: createLogger('info', { write: (line) => void log.push(JSON.parse(line).msg) }),
      now: () => clock.nowMs,
      importKey: importVerifyingKey,
      open: async (url) => troubles.shift()?.open(url) ?? openDatabase(url),
    })
    await polled()
  })
  afterEach(() => access.close())

  /** A key whose public key is one. */
  async function givenRealKey(): Promise<string> {
    const spki = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })
    const { apiKeyId } = await givenApiKey(on.database(), account, { publicKey: new Uint8Array(spki) })
    return apiKeyId
  }

  /** Waits until changes were read, by a poll that began after this call. */
  async function polled(): Promise<void> {
    const calledAtMs = ++clock.nowMs
    await vi.waitFor(() => expect(access.polledAtMs()).toBeGreaterThanOrEqual(calledAtMs), 5_000)
  }

  /** Changes the key as a process would that tells nobody. */
  async function setState(state: KeyRecord['state']): Promise<void> {
    await on.database().kysely.updateTable('api_keys').set({ state }).where('id', '=', keyId).execute()
  }

  function remove(): Promise<unknown> {
    return inTransaction(on.database(), (trx) => deleteApiKey(trx, account, keyId, clock.nowMs))
  }

  async function find(id = keyId): Promise<string | undefined> {
    const found = await access.keys.find(id)
    return typeof found === 'object' ? found.state : found
  }

  test('a look-up that stalls while its key is deleted does not answer with the deleted key', async () => {
    const answer = keys.holdNextAnswer()
    const finding = find()
    await answer.held
    await remove()
    access.cache.apply([{ accountId: account, keyId }])
    answer.release()

    expect([await finding, await find()]).toEqual([undefined, undefined])
  })

  test('nor where another process deleted it, and the poll told', async () => {
    const answer = keys.holdNextAnswer()
    const finding = find()
    await answer.held
    await remove()
    await polled()
    answer.release()

    expect([await finding, await find()]).toEqual([undefined, undefined])
  })

  test('a look-up that no change overtook answers with what it read', async () => {
    const answer = keys.holdNextAnswer()
    const finding = find()
    await answer.held
    await polled()
    answer.release()

    expect(await finding).toBe('active')
  })

  test('while changes are read, a cached key is not read again; what another process changes is known after one poll', async () => {
    await find()
    const queries = keys.queries
    await setState('disabled')
    expect([await find(), keys.queries - queries]).toEqual(['active', 0])
    await remove()
    await polled()
    expect([await find(), keys.queries - queries]).toEqual([undefined, 1])
  })

  test('it holds as many keys as the settings allow', async () => {
    const small = { ...DEFAULT_SETTINGS, databaseUrl: on.url(), keys: { cached: 1 } }
    const opened = new Trouble(GONE[on.dialect])
    const troubles = [opened]
    await using stack = new AsyncDisposableStack()
    const access = stack.adopt(
      await openKeyAccess({
        settings: small,
        log: createLogger('silent'),
        now: () => clock.nowMs,
        importKey: importVerifyingKey,
        open: async (url) => troubles.shift()?.open(url) ?? openDatabase(url),
      }),
      (it) => it.close(),
    )
    await vi.waitFor(() => expect(access.polledAtMs()).toBeDefined(), 5_000)
    const other = await givenRealKey()
    for (const id of [keyId, keyId, other, keyId]) await access.keys.find(id)
    expect(opened.queries).toBe(3)
  })

  test('2 s after the connection for changes broke, each use reads the key again', async () => {
    await find()
    await feed.close()
    const lastPollMs = access.polledAtMs() ?? Number.NaN
    await setState('disabled')
    clock.nowMs = lastPollMs + 1_999
    expect(await find()).toBe('active')

    clock.nowMs = lastPollMs + 2_000
    expect(await find()).toBe('disabled')
    await setState('active')
    expect(await find()).toBe('active')
    await remove()
    expect(await find()).toBeUndefined()
    await vi.waitFor(() => expect(log).toContain('key changes cannot be read'), 5_000)
  })

  test('without the database cached keys count for so long, then none does, until it is back', async () => {
    await find()
    const other = await givenRealKey()
    keys.isGone = true
    feed.isGone = true
    await vi.waitFor(() => expect(log).toContain('key changes cannot be read'), 5_000)
    const lastPollMs = access.polledAtMs() ?? Number.NaN
    expect(await find(other)).toBe('unavailable')
    clock.nowMs = lastPollMs + MAX_STALENESS_MS - 1
    expect([await find(), access.isUsable()]).toEqual(['active', true])
    clock.nowMs = lastPollMs + MAX_STALENESS_MS
    expect(access.isUsable()).toBe(false)
    expect([await find(), await find(other)]).toEqual(['unavailable', 'unavailable'])

    keys.isGone = false
    expect([await find(), await find(other)]).toEqual(['active', 'active'])
    feed.isGone = false
    await polled()
    expect(log).toContain('key changes are read again')
    expect([access.isUsable(), access.pollFault()]).toEqual([true, undefined])
    await find()
    const queries = keys.queries
    expect([await find(), keys.queries - queries]).toEqual(['active', 0])
  })

  test('while the database is silent, one look-up waits for it, and the others decide from the cache without asking', async () => {
    await find()
    const other = await givenRealKey()
    const silence = keys.beSilent()
    await feed.close()
    clock.nowMs = (access.polledAtMs() ?? Number.NaN) + 2_000
    expect(await find()).toBe('active')
    expect(log).toContain('the database is silent: cached keys count, and one look-up a second asks it')
    const queries = keys.queries
    const found = await Promise.all(Array.from({ length: 20 }, () => find()))
    expect([new Set(found), await find(other), keys.queries - queries]).toEqual([new Set(['active']), 'unavailable', 0])

    silence.end()
    await vi.waitFor(async () => expect(await find(other)).toBe('active'), 5_000)
    expect(log).toContain('the database answers look-ups again')
  })

  test('a change that another thread announced is applied before the next look-up', async () => {
    const announced: { accountId: string; keyId: string }[] = []
    const other = await openKeyAccess({
      settings: { ...DEFAULT_SETTINGS, databaseUrl: on.url() },
      log: createLogger('silent'),
      now: () => clock.nowMs,
      importKey: importVerifyingKey,
      catchUp: (cache) => cache.apply(announced.splice(0)),
    })
    try {
      await vi.waitFor(() => expect(other.polledAtMs()).toBeDefined(), 5_000)
      expect(await other.keys.find(keyId)).toMatchObject({ state: 'active' })
      await setState('disabled')
      expect(await other.keys.find(keyId)).toMatchObject({ state: 'active' })
      announced.push({ accountId: account, keyId })
      expect(await other.keys.find(keyId)).toMatchObject({ state: 'disabled' })
    } finally {
      await other.close()
    }
  })
})

/** A way to a database that a test can break, and whose answers it can hold back after they were read. */
class Trouble {
  isGone = false
  queries = 0
  readonly #fault: object
  #database: Database | undefined
  #silence: Promise<void> | undefined
  #hold: { reached: () => void; released: Promise<void> } | undefined

  constructor(fault: object) {
    this.#fault = fault
  }

  async open(url: string): Promise<Database> {
    const database = await openDatabase(url)
    this.#database = database
    const plugin: KyselyPlugin = {
      // All of it with the result: a query that is built once passes here alone.
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        this.queries++
        if (this.isGone) throw Object.assign(new Error('the database is gone'), this.#fault)
        await this.#silence
        const hold = this.#hold
        this.#hold = undefined
        hold?.reached()
        await hold?.released
        return result
      },
    }
    return { ...database, kysely: database.kysely.withPlugin(plugin) }
  }

  /** `held` once the next answer was read from the database; it goes on when released. */
  holdNextAnswer(): { held: Promise<void>; release: () => void } {
    const held = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    this.#hold = { reached: held.resolve, released: released.promise }
    return { held: held.promise, release: released.resolve }
  }

  /** Nothing is answered until the end. */
  beSilent(): { end: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#silence = promise
    return { end: resolve }
  }

  async close(): Promise<void> {
    await this.#database?.close()
  }
}
