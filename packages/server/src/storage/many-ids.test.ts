import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { listKeysPage } from './list-keys-page.ts'
import { findOpenRotations, insertRotation, type Rotation } from './rotations.ts'
import { inTransaction } from './transaction.ts'

const NOW = 1_700_000_100_000

/** More than one statement takes as parameters, in either database: so many keys may one key have made. */
const MANY = Array.from({ length: 70_000 }, () => randomUUID())

describeOnEachDatabase('many ids', (on) => {
  test('keys are listed by any number of ids, and none by none', async () => {
    const { accountId } = await givenAccount(on.database())
    const { apiKeyId } = await givenApiKey(on.database(), accountId)
    await givenApiKey(on.database(), accountId)
    const list = async (ids: readonly string[]) => {
      const { rows, total } = await listKeysPage(on.database().kysely, { ids }, { limit: 10 }, NOW)
      return { found: rows.map((key) => key.apiKeyId), total }
    }
    expect(await list([...MANY, apiKeyId])).toEqual({ found: [apiKeyId], total: 1 })
    expect(await list([])).toEqual({ found: [], total: 0 })
  })

  test('open rotations of any number of keys are found once each', async () => {
    const { accountId } = await givenAccount(on.database())
    const [oldKeyId, newKeyId] = [randomUUID(), randomUUID()]
    const times = { startedAt: NOW - 1, deadline: NOW + 1 }
    const rotation: Rotation = { rotationId: randomUUID(), accountId, oldKeyId, newKeyId, ...times }
    await inTransaction(on.database(), (trx) => insertRotation(trx, rotation))
    const found = await findOpenRotations(on.database().kysely, [oldKeyId, ...MANY, newKeyId], NOW)
    expect(found).toEqual([rotation])
  })
})
