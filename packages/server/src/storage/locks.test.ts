import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { accountLocks, type Lock, takeLocks } from './locks.ts'
import { inTransaction } from './transaction.ts'

describeOnEachDatabase('locks', (on) => {
  /** Takes locks and keeps them until `release`. */
  async function hold(locks: readonly Lock[]) {
    const { promise, resolve: release } = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<void>()
    const ended = inTransaction(on.database(), async (trx) => {
      await takeLocks(trx, locks)
      taken.resolve()
      await promise
    })
    await taken.promise
    return { release, ended }
  }

  /** Whether these locks would be waited for. */
  async function wouldWait(locks: readonly Lock[]): Promise<boolean> {
    const other = await on.connect()
    const work = inTransaction(other, async (trx) => {
      await sql`set local lock_timeout = 100`.execute(trx)
      await takeLocks(trx, locks)
      return false
    })
    return work.catch(() => true)
  }

  test('one account is locked by one, another beside it, and the account of an operator is shared', async () => {
    // SQLite has one writer at a time.
    if (on.dialect === 'sqlite') return
    const [operator, customer, other] = [randomUUID(), randomUUID(), randomUUID()]
    const held = await hold(accountLocks([customer], operator))
    expect(await wouldWait(accountLocks([other], operator))).toBe(false)
    expect(await wouldWait(accountLocks([customer], operator))).toBe(true)
    expect(await wouldWait(accountLocks([operator], operator))).toBe(true)
    expect(await wouldWait([{ kind: 'fingerprint', name: customer }])).toBe(false)
    held.release()
    await held.ended
    expect(await wouldWait(accountLocks([customer, operator]))).toBe(false)
  })

  test('any number of accounts is locked in one statement, each once', async () => {
    const names = Array.from({ length: 5_000 }, () => randomUUID())
    await inTransaction(on.database(), async (trx) => {
      await takeLocks(trx, [])
      await takeLocks(trx, accountLocks([...names, ...names], names[7]))
      await takeLocks(trx, accountLocks(names.toReversed(), randomUUID()))
    })
  })

  test('sets of locks that overlap are taken by many at once, and nobody waits for ever', async () => {
    const names = Array.from({ length: 6 }, () => randomUUID())
    const other = await on.connect()
    await Promise.all(
      Array.from({ length: 24 }, (_, nth) =>
        inTransaction(nth % 2 ? on.database() : other, async (trx) => {
          const mine = names.filter((_, index) => (nth + index) % 3 > 0).sort(() => Math.random() - 0.5)
          await takeLocks(trx, accountLocks(mine, names[nth % 6]))
          await trx.selectFrom('deployment').select('id').execute()
        }),
      ),
    )
    expect.assertions(0)
  })
})
