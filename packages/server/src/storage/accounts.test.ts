import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, makeAccount } from '../../test/records.ts'
import {
  findAccount,
  findAccountByExternalId,
  findAccountsByName,
  insertAccount,
  lockAccount,
  setAccountSuspended,
} from './accounts.ts'
import { latestKeyChange, readKeyChangesAfter } from './key-changes.ts'
import { inTransaction } from './transaction.ts'

describeOnEachDatabase('accounts', (on) => {
  const db = () => on.database().kysely

  test('come back as they went in, with every field and with none', async () => {
    const full = makeAccount({ externalId: randomUUID(), tier: 'prime', suspendedAt: 5, createdAt: 2 ** 52 })
    const bare = makeAccount()
    for (const account of [full, bare]) {
      expect(await inTransaction(on.database(), (trx) => insertAccount(trx, account))).toBe('inserted')
      expect(await findAccount(db(), account.accountId)).toEqual(account)
    }
    expect(await findAccount(db(), randomUUID())).toBeUndefined()
  })

  test('are found by the provider’s own id, which is unique', async () => {
    const account = await givenAccount(on.database(), { externalId: `customer-${randomUUID()}` })
    const twin = makeAccount({ externalId: String(account.externalId) })
    const outcome = await inTransaction(on.database(), async (trx) => {
      const first = await insertAccount(trx, twin)
      await insertAccount(trx, makeAccount({ name: 'still in the same transaction' }))
      return first
    })
    expect(outcome).toBe('duplicate_external_id')
    expect(await findAccount(db(), twin.accountId)).toBeUndefined()
    expect(await findAccountByExternalId(db(), String(account.externalId))).toEqual(account)
    expect(await findAccountByExternalId(db(), 'nobody')).toBeUndefined()
    expect(await findAccountsByName(db(), 'still in the same transaction')).toHaveLength(1)
  })

  test('may share a name, and are found by exactly that, oldest first', async () => {
    const name = `Grace ${randomUUID()}`
    const younger = await givenAccount(on.database(), { name, createdAt: 20, accountId: `0${randomUUID().slice(1)}` })
    const older = await givenAccount(on.database(), { name, createdAt: 10, accountId: `f${randomUUID().slice(1)}` })
    await givenAccount(on.database(), { name: name.toUpperCase() })
    expect(await findAccountsByName(db(), name)).toEqual([older, younger])
  })

  test('with an id that is taken are a fault', async () => {
    const account = await givenAccount(on.database())
    await expect(inTransaction(on.database(), (trx) => insertAccount(trx, account))).rejects.toThrow()
  })

  test('are suspended and let back, each change told once', async () => {
    const { accountId } = await givenAccount(on.database())
    const before = await latestKeyChange(db())
    const set = (suspended: boolean, now: number) =>
      inTransaction(on.database(), (trx) => setAccountSuspended(trx, accountId, suspended, now))

    expect(await set(false, 1)).toBe(false)
    expect(await set(true, 2)).toBe(true)
    expect(await set(true, 3)).toBe(false)
    expect(await findAccount(db(), accountId)).toMatchObject({ suspendedAt: 2 })
    expect(await set(false, 4)).toBe(true)
    expect(await findAccount(db(), accountId)).toHaveProperty('suspendedAt', undefined)
    expect((await readKeyChangesAfter(db(), before, 10)).changes).toEqual([
      { seq: before + 1, accountId, changedAt: 2 },
      { seq: before + 2, accountId, changedAt: 4 },
    ])
  })

  test('that are not there are not suspended', async () => {
    const work = inTransaction(on.database(), (trx) => setAccountSuspended(trx, randomUUID(), true, 1))
    expect(await work).toBe(false)
  })

  test('are locked by one transaction at a time', async () => {
    const account = await givenAccount(on.database())
    const other = await on.connect()
    const steps: string[] = []
    const hold = async (database: typeof other, name: string) =>
      inTransaction(database, async (trx) => {
        expect(await lockAccount(trx, account.accountId)).toEqual(account)
        steps.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, 50))
        steps.push(`${name} out`)
      })
    await Promise.all([hold(on.database(), 'one'), hold(other, 'two')])
    const [first, second] = steps[0] === 'one in' ? ['one', 'two'] : ['two', 'one']
    expect(steps).toEqual([`${first} in`, `${first} out`, `${second} in`, `${second} out`])
  })

  test('that are not there cannot be locked', async () => {
    expect(await inTransaction(on.database(), (trx) => lockAccount(trx, randomUUID()))).toBeUndefined()
  })
})
