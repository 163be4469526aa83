import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey, makeAccount, makeApiKey } from '../../test/records.ts'
import { type Account, findAccount, insertAccount, lockAccount } from './accounts.ts'
import { insertApiKey } from './change-api-keys.ts'
import { type Database, openDatabase } from './database.ts'
import { DatabaseUrlError } from './database-url.ts'
import { findApiKey } from './find-api-keys.ts'
import { latestKeyChange } from './key-changes.ts'
import { inTransaction } from './transaction.ts'

test('a URL of an unknown kind is refused', async () => {
  await expect(openDatabase('mysql://db/keys')).rejects.toThrow(DatabaseUrlError)
})

describeOnEachDatabase('a database', (on) => {
  test('answers, until it is closed; closing twice is closing once', async () => {
    const other = await on.connect()
    await other.ping()
    await other.close()
    await other.close()
    await expect(other.ping()).rejects.toThrow()
  })

  test('lets a transaction end before it closes', async () => {
    const other = await on.connect()
    const account = makeAccount()
    let closed: Promise<void> | undefined
    await inTransaction(other, async (trx) => {
      closed = other.close()
      await sleep(20)
      await insertAccount(trx, account)
    })
    await closed
    expect(await findAccount(on.database().kysely, account.accountId)).toEqual(account)
  })

  test('closes without ever having been used', async () => {
    const other = await openDatabase(on.url())
    await other.close()
  })

  test('shows what one connection committed to another, and to the next one that opens it', async () => {
    const other = await on.connect()
    const { accountId } = await givenAccount(on.database())
    const key = await givenApiKey(other, accountId)
    await other.close()
    expect(await findApiKey(on.database().kysely, key.apiKeyId)).toMatchObject({ accountId, name: 'bot' })
    const later = await on.connect()
    expect(await findApiKey(later.kysely, key.apiKeyId)).toMatchObject({ accountId, name: 'bot' })
  })

  test('keeps nothing of a transaction that throws, the change feed included', async () => {
    const account = makeAccount()
    const key = makeApiKey(account.accountId)
    const before = await latestKeyChange(on.database().kysely)
    const fault = new Error('half way')
    const work = inTransaction(on.database(), async (trx) => {
      await insertAccount(trx, account)
      await insertApiKey(trx, key)
      throw fault
    })
    await expect(work).rejects.toBe(fault)
    expect(await findAccount(on.database().kysely, account.accountId)).toBeUndefined()
    expect(await findApiKey(on.database().kysely, key.apiKeyId)).toBeUndefined()
    expect(await latestKeyChange(on.database().kysely)).toBe(before)
  })

  test('hides a transaction from others until it commits', async () => {
    const other = await on.connect()
    const account = makeAccount()
    await inTransaction(on.database(), async (trx) => {
      await insertAccount(trx, account)
      expect(await findAccount(other.kysely, account.accountId)).toBeUndefined()
    })
    expect(await findAccount(other.kysely, account.accountId)).toEqual(account)
  })

  test('runs a transaction again that was given up for a conflict, five times at most', async () => {
    let runs = 0
    const conflict = Object.assign(new Error('deadlock detected'), { code: '40P01' })
    const failUntil = (last: number) =>
      inTransaction(on.database(), async () => {
        if (++runs < last) throw conflict
        return runs
      })
    expect(await failUntil(3)).toBe(3)
    runs = 0
    await expect(failUntil(10)).rejects.toBe(conflict)
    expect(runs).toBe(5)
  })

  test('lets two transactions through that lock the same accounts crosswise', async () => {
    const other = await on.connect()
    const one = await givenAccount(on.database())
    const two = await givenAccount(on.database())
    const lockBoth = (database: Database, first: Account, second: Account) =>
      inTransaction(database, async (trx) => {
        await lockAccount(trx, first.accountId)
        await sleep(100)
        return lockAccount(trx, second.accountId)
      })
    const locked = await Promise.all([lockBoth(on.database(), one, two), lockBoth(other, two, one)])
    expect(locked).toEqual([two, one])
  })

  test('does not run a transaction again that failed for another reason', async () => {
    let runs = 0
    const work = inTransaction(on.database(), async () => {
      runs++
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(runs).toBe(1)
  })

  test('refuses what breaks a constraint of a table', async () => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    const attempts = [
      sql`update api_keys set subaccount = 64 where id = ${apiKeyId}`,
      sql`update api_keys set subaccount = -1 where id = ${apiKeyId}`,
      sql`update api_keys set key_type = 'hmac' where id = ${apiKeyId}`,
      sql`update api_keys set state = 'expired' where id = ${apiKeyId}`,
      sql`update api_keys set revoked_reason = 'superseded' where id = ${apiKeyId}`,
      sql`update api_keys set name = '' where id = ${apiKeyId}`,
      sql`update api_keys set created_at = 'today' where id = ${apiKeyId}`,
      sql`update api_keys set account_id = 'nobody' where id = ${apiKeyId}`,
      sql`delete from accounts where id = ${accountId}`,
    ]
    for (const attempt of attempts) await expect(attempt.execute(on.database().kysely)).rejects.toThrow()
    await sql`update api_keys set subaccount = 63 where id = ${apiKeyId}`.execute(on.database().kysely)
  })
})
