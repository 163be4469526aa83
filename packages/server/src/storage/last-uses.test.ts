import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { findApiKey } from './find-api-keys.ts'
import { LAST_USE_EVERY_MS, writeLastUses } from './last-uses.ts'

const NOW_MS = 1_800_000_000_000

describeOnEachDatabase('last uses', ({ database }) => {
  async function givenKeys(count: number): Promise<string[]> {
    const { accountId } = await givenAccount(database())
    const keys = await Promise.all(Array.from({ length: count }, () => givenApiKey(database(), accountId)))
    return keys.map(({ apiKeyId }) => apiKeyId)
  }

  async function lastUseOf(keyId: string) {
    const key = await findApiKey(database().kysely, keyId)
    return [key?.lastUsedAt, key?.lastUsedIp]
  }

  test('are noted, again when a minute has passed, and never back', async () => {
    const [keyId = ''] = await givenKeys(1)
    const use = (at: number, ip: string) => writeLastUses(database().kysely, [{ keyId, at, ip }])
    expect(await lastUseOf(keyId)).toEqual([undefined, undefined])
    await use(NOW_MS, '192.0.2.1')
    await use(NOW_MS + LAST_USE_EVERY_MS - 1, '192.0.2.2')
    await use(NOW_MS - LAST_USE_EVERY_MS, '192.0.2.3')
    expect(await lastUseOf(keyId)).toEqual([NOW_MS, '192.0.2.1'])
    await use(NOW_MS + LAST_USE_EVERY_MS, '2001:db8::1')
    expect(await lastUseOf(keyId)).toEqual([NOW_MS + LAST_USE_EVERY_MS, '2001:db8::1'])
  })

  test('of more keys than one statement takes, ids that are no key’s among them', async () => {
    const keyIds = await givenKeys(3)
    const others = Array.from({ length: 1_000 }, () => randomUUID())
    const uses = [...others, ...keyIds].map((keyId, i) => ({ keyId, at: NOW_MS + i, ip: '192.0.2.1' }))
    await writeLastUses(database().kysely, uses)
    for (const [i, keyId] of keyIds.entries()) expect(await lastUseOf(keyId)).toEqual([NOW_MS + 1_000 + i, '192.0.2.1'])
    await writeLastUses(database().kysely, [])
  })
})
