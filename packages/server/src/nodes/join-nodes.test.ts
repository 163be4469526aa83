import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { lockNodes } from '../storage/nodes.ts'
import type { Schema } from '../storage/schema.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type JoinedNode, joinNodes } from './join-nodes.ts'
import { NodeConflictError } from './node-conflict.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (let close = opened.pop(); close; close = opened.pop()) await close()
})

describeOnEachDatabase('nodes', ({ connect, database: shared }) => {
  test('a second one is refused while the first one runs, and not after it left', async () => {
    const { join, rows } = await setUp()
    const first = await join()
    await expect(join()).rejects.toThrow(NodeConflictError)
    await expect(join()).rejects.toMatchObject({
      message: expect.stringMatching(
        /^another node of this database runs: process \d+ on .+ \(both planes, version 1\)\. Neither has a Redis\./,
      ),
      fix: expect.stringContaining('COUNTERSIGN_REDIS_URL'),
    })
    await first[Symbol.asyncDispose]()
    expect(await rows()).toEqual([])
    await join()
    expect(await rows()).toMatchObject([{ planes: 'both', admission: 'memory' }])
  })

  test('of several that start at once one runs', async () => {
    const { join, rows } = await setUp()
    const joined = await Promise.allSettled(Array.from({ length: 6 }, () => join()))
    expect(joined.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await rows()).toHaveLength(1)
  })

  test('the same Redis lets them run beside each other; another one, or none, does not', async () => {
    const { join, rows } = await setUp()
    const first = await join('redis:a')
    await join('redis:a')
    await join('redis')
    await expect(join('redis:b', { pause: () => first.beat() })).rejects.toThrow('It has another Redis than this node.')
    await expect(join('memory')).rejects.toThrow('It has a Redis, and this node has none.')
    expect(await rows()).toHaveLength(3)
  })

  test('a Redis that was restarted just now is not another one', async () => {
    const { join, rows } = await setUp()
    let id = 'redis:before'
    const first = await join(() => id)
    const pause = async () => {
      id = 'redis:after'
      await first.beat()
    }
    await join('redis:after', { pause })
    expect(await rows()).toMatchObject([{ admission: 'redis:after' }, { admission: 'redis:after' }])
  })

  test('a node with a Redis is refused beside one without', async () => {
    const { join } = await setUp()
    await join('memory')
    await expect(join('redis:a')).rejects.toThrow('It has no Redis, and this node has one.')
  })

  test('each runs that was told to keep its promises alone', async () => {
    const { join, rows } = await setUp()
    await join('memory')
    const second = await join('memory', { singleNodePromises: true })
    await second.beat()
    expect([second.count(), await Promise.race([second.failure, sleep(0, 'runs')])]).toEqual([2, 'runs'])
    expect(await rows()).toHaveLength(2)
  })

  test('one that was killed on this machine keeps nobody waiting', async () => {
    const { join, rows, change } = await setUp()
    await join()
    // Ids of processes are used again: an id that lives, and started at another time, is another process.
    await change({ process_id: `${process.pid}/1` })
    await join('memory', { pause: () => Promise.reject(new Error('nobody waits')) })
    expect(await rows()).toHaveLength(1)
  })

  test('one that runs on this machine counts, however long it gives no sign of life', async () => {
    const { join, change } = await setUp()
    await join()
    await change({ beat_at: 1 })
    await expect(join()).rejects.toThrow(NodeConflictError)
  })

  test('one that was killed on another machine is waited for until it is dead', async () => {
    const { join, rows, change } = await setUp()
    await join()
    await change({ machine: 'another' })
    let waited = 0
    const pause = async () => {
      if (++waited === 3) await change({ beat_at: 1 })
    }
    await join('memory', { pause })
    expect([waited, await rows()]).toMatchObject([3, [{ admission: 'memory' }]])
  })

  test('one that gives a sign of life on another machine refuses the new one', async () => {
    const { join, change, rows } = await setUp()
    await join()
    await change({ machine: 'another' })
    const [before] = await rows()
    const pause = () => change({ beat_at: (before?.beat_at ?? 0) + 1 })
    await expect(join('memory', { pause })).rejects.toThrow(NodeConflictError)
  })

  test('one that was taken for dead comes back and ends, because another one runs', async () => {
    const { join, change, logged } = await setUp()
    const first = await join()
    await change({ machine: 'another', beat_at: 1 })
    const second = await join()
    await first.beat()
    expect(await first.failure).toBeInstanceOf(NodeConflictError)
    expect(logged()).toContain('took this node for dead')
    await second.beat()
    expect(await Promise.race([second.failure, sleep(0, 'runs')])).toBe('runs')
  })

  test('with one Redis it comes back beside the others', async () => {
    const { join, change } = await setUp()
    const first = await join('redis:a')
    await change({ machine: 'another', beat_at: 1 })
    const second = await join('redis:a')
    await first.beat()
    await second.beat()
    expect([first.count(), second.count()]).toEqual([2, 2])
    expect(await Promise.race([first.failure, second.failure, sleep(0, 'run')])).toBe('run')
  })

  test('a Redis that turns out to be another one ends the node that came later', async () => {
    const { join } = await setUp()
    const ids = ['redis:a', 'redis']
    const first = await join(() => ids[0] ?? '')
    const second = await join(() => ids[1] ?? '')
    ids[1] = 'redis:b'
    for (let beats = 0; beats < 5; beats++) for (const node of [first, second]) await node.beat()
    // Both may have read the id before and after the Redis was restarted.
    expect(await Promise.race([first.failure, second.failure, sleep(0, 'run')])).toBe('run')
    for (const node of [first, second]) await node.beat()
    expect(await second.failure).toBeInstanceOf(NodeConflictError)
    expect(await Promise.race([first.failure, sleep(0, 'runs')])).toBe('runs')
  })

  test('one that cannot reach the database runs on, and leaves without it', async () => {
    const ownConnection = await connect()
    const { join, logged } = await setUp(ownConnection)
    const node = await join()
    await ownConnection.close()
    await node.beat()
    await node.beat()
    expect(logged().match(/could not give a sign of life/g)).toHaveLength(1)
    expect(await Promise.race([node.failure, sleep(0, 'runs')])).toBe('runs')
    await node[Symbol.asyncDispose]()
  })

  test('one that leaves while it gives a sign of life does not come back', async () => {
    const { join, rows, database } = await setUp()
    const node = await join()
    const [locked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const another = inTransaction(database, async (trx) => {
      await lockNodes(trx, database.dialect)
      locked.resolve()
      await goOn.promise
    })
    await locked.promise
    const beat = node.beat()
    await node[Symbol.asyncDispose]()
    goOn.resolve()
    await Promise.all([another, beat])
    await vi.waitFor(async () => expect(await rows()).toEqual([]), 5_000)
  })

  async function setUp(database = shared()) {
    await database.kysely.deleteFrom('nodes').execute()
    const lines: string[] = []
    const note = (...said: unknown[]) => void lines.push(String(said.at(-1)))
    return {
      database,
      logged: () => lines.join('\n'),
      rows: () => database.kysely.selectFrom('nodes').selectAll().execute(),
      change: (values: Partial<Schema['nodes']>) => database.kysely.updateTable('nodes').set(values).execute(),
      async join(
        admission: string | (() => string) = 'memory',
        given: Partial<Parameters<typeof joinNodes>[0]> = {},
      ): Promise<JoinedNode> {
        const node = await joinNodes({
          database,
          planes: 'both',
          version: '1',
          admission: typeof admission === 'string' ? () => admission : admission,
          singleNodePromises: false,
          log: { info: note, warn: note, error: note } as never,
          ...given,
        })
        opened.push(async () => node[Symbol.asyncDispose]())
        return node
      },
    }
  }
})
