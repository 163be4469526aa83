import { beforeEach, expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { appendKeyChange, latestKeyChange, pruneKeyChanges, readKeyChangesAfter } from '../storage/key-changes.ts'
import { inTransaction } from '../storage/transaction.ts'
import { createKeyChangeLog, type KeyChangeLog } from './key-change-log.ts'
import { streamKeyChanges } from './key-change-stream.ts'

describeOnEachDatabase('streamKeyChanges', (on) => {
  let log: KeyChangeLog
  let closed: AbortController
  let position: number

  beforeEach(async () => {
    log = createKeyChangeLog(3)
    closed = new AbortController()
    position = await latestKeyChange(on.database().kysely)
    log.restart(position)
  })

  function open(after?: number, mayRead = async () => true): AsyncGenerator<string> {
    const { signal } = closed
    return streamKeyChanges({ deploymentId: 'd', log, database: on.database(), after, mayRead, signal })
  }

  async function change(apiKeyId?: string): Promise<void> {
    const entry = { accountId: 'a', changedAt: 1_000, ...(apiKeyId !== undefined && { apiKeyId }) }
    await inTransaction(on.database(), (trx) => appendKeyChange(trx, entry))
  }

  /** As the feed of this process does it. */
  async function readFeed(): Promise<void> {
    const startedAtMs = performance.now()
    const { changes } = await readKeyChangesAfter(on.database().kysely, log.position ?? 0, 1_000)
    log.add(changes)
    log.wasRead(startedAtMs)
  }

  /** The next pieces, without the times in them. */
  async function next(stream: AsyncGenerator<string>, count: number): Promise<(string | undefined)[]> {
    const pieces: (string | undefined)[] = []
    for (let i = 0; i < count; i++) {
      const { value, done } = await stream.next()
      pieces.push(done ? undefined : value.replace(/"at_ms":\d+/, '"at_ms":N'))
    }
    return pieces
  }

  const start = (seq: number) => `event: start\nid: ${seq}\ndata: {"deployment_id":"d"}\n\n`
  const changed = (seq: number, keyId: string) =>
    `event: change\nid: ${seq}\ndata: {"account_id":"a","api_key_id":"${keyId}"}\n\n`
  const alive = 'event: alive\ndata: {"at_ms":N}\n\n'

  test('begins where the feed is, tells of each change once it was read, and then that all was told', async () => {
    const stream = open()
    expect(await next(stream, 1)).toEqual([start(position)])
    await change('one')
    await change('two')
    await readFeed()
    expect(await next(stream, 2)).toEqual([changed(position + 1, 'one') + changed(position + 2, 'two'), alive])
    await change()
    await readFeed()
    expect(await next(stream, 2)).toEqual([`event: change\nid: ${position + 3}\ndata: {"account_id":"a"}\n\n`, alive])
  })

  test('is not alive by a reading from before its start', async () => {
    await readFeed()
    const stream = open()
    await next(stream, 1)
    let told = false
    const piece = next(stream, 1).then((it) => {
      told = true
      return it
    })
    await readKeyChangesAfter(on.database().kysely, 0, 1)
    expect(told).toBe(false)
    await readFeed()
    expect(await piece).toEqual([alive])
  })

  test('goes on after what its reader heard of last, from the database where the feed no longer holds it', async () => {
    for (const keyId of ['1', '2', '3', '4', '5']) await change(keyId)
    await readFeed()
    const near = open(position + 3)
    expect(await next(near, 2)).toEqual([start(position + 3), changed(position + 4, '4') + changed(position + 5, '5')])
    const far = open(position)
    const [, missed = ''] = await next(far, 2)
    expect(missed.match(/^id: \d+$/gm)).toEqual([1, 2, 3, 4, 5].map((i) => `id: ${position + i}`))
  })

  test.each<[string, (position: number) => Promise<number>]>([
    ['were pruned', (from) => prune().then(() => from)],
    ['are of a later database than this one', async (from) => from + 1_000],
  ])('tells that changes are missing where those after the place %s', async (_, placeOf) => {
    for (const keyId of ['1', '2', '3', '4', '5']) await change(keyId)
    await readFeed()
    const stream = open(await placeOf(position))
    const [, reset] = await next(stream, 2)
    expect(reset).toBe(`event: reset\nid: ${position + 5}\ndata: {}\n\n`)
    await change('6')
    await readFeed()
    expect(await next(stream, 2)).toContain(changed(position + 6, '6'))
  })

  async function prune(): Promise<void> {
    await inTransaction(on.database(), (trx) => pruneKeyChanges(trx, 2_000, 1_000))
  }

  test('ends before it tells anything to a reader who lost its power', async () => {
    let mayRead = true
    const stream = open(undefined, async () => mayRead)
    await next(stream, 1)
    await readFeed()
    await next(stream, 1)
    mayRead = false
    await change('one')
    await readFeed()
    expect(await next(stream, 1)).toEqual([undefined])
  })

  test('ends when it is told to, also while it waits for the feed', async () => {
    const stream = open()
    await next(stream, 1)
    await readFeed()
    await next(stream, 1)
    const last = stream.next()
    closed.abort()
    expect(await last).toMatchObject({ done: true })
  })

  test('that no feed has been read for waits for the first reading', async () => {
    log = createKeyChangeLog()
    const stream = open()
    const first = next(stream, 1)
    log.restart(7)
    log.wasRead(performance.now())
    expect(await first).toEqual([start(7)])
  })
})
