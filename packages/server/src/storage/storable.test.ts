import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, makeAccount } from '../../test/records.ts'
import { findAccount, findAccountsByName, insertAccount } from './accounts.ts'
import { assertStorable, UnstorableValueError } from './storable.ts'
import { inTransaction } from './transaction.ts'

test('text, safe integers, bytes and null can be stored', () => {
  expect(() => assertStorable(['', '👩‍👩‍👧', -1, Number.MAX_SAFE_INTEGER, new Uint8Array(), null])).not.toThrow()
})

test.each([
  ['a\0b'],
  ['\ud83d'],
  ['\ude00\ud83d'],
  [Number.NaN],
  [1.5],
  [2 ** 53],
  [1n],
  [true],
  [undefined],
  [new Date(0)],
])('value %# is refused', (value) => {
  expect(() => assertStorable(['fine', value])).toThrow(UnstorableValueError)
})

describeOnEachDatabase('text', (on) => {
  test.each([
    ['emoji', '🔑👩🏽‍🚀'],
    ['right to left', 'مفتاح ‏‮abc‬'],
    ['quotes', `'; drop table accounts; -- "\`\\`],
    ['every other control character', String.fromCharCode(...Array.from({ length: 31 }, (_, code) => code + 1))],
    ['composed and decomposed, kept apart', '\u00e9 e\u0301'],
  ])('%s comes back as it went in', async (_, name) => {
    const { accountId } = await givenAccount(on.database(), { name })
    expect(await findAccount(on.database().kysely, accountId)).toMatchObject({ name })
    expect(await findAccountsByName(on.database().kysely, name)).toHaveLength(1)
  })

  test.each([
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud83d'],
  ])('%s is refused, and its transaction goes on', async (_, name) => {
    const good = makeAccount()
    await inTransaction(on.database(), async (trx) => {
      await expect(insertAccount(trx, makeAccount({ name }))).rejects.toThrow(UnstorableValueError)
      await insertAccount(trx, good)
    })
    expect(await findAccount(on.database().kysely, good.accountId)).toEqual(good)
    await expect(findAccountsByName(on.database().kysely, name)).rejects.toThrow(UnstorableValueError)
  })
})
