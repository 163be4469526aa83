import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount, givenApiKey } from '../../test/records.ts'
import { type KeyFilters, listKeysPage } from './list-keys-page.ts'

describeOnEachDatabase('a page of keys', ({ database }) => {
  test('has what each filter finds, and how many that are', async () => {
    const one = await givenAccount(database(), { externalId: 'cus' })
    const two = await givenAccount(database())
    const alpha = await givenApiKey(database(), one.accountId, { name: 'alpha' })
    const beta = { name: 'beta', state: 'disabled', parentKeyId: alpha.apiKeyId } as const
    await givenApiKey(database(), one.accountId, beta)
    const gamma = await givenApiKey(database(), two.accountId, { name: 'gamma', expiresAt: 5, scopes: ['read'] })
    const delta = { name: 'delta', state: 'revoked', revokedReason: 'x', keyType: 'rsa', lastUsedAt: 9 } as const
    const { apiKeyId, fingerprint } = await givenApiKey(database(), two.accountId, delta)
    const expected: [KeyFilters, string][] = [
      [{}, 'alpha beta delta gamma'],
      [{ accountId: one.accountId }, 'alpha beta'],
      [{ externalId: 'cus' }, 'alpha beta'],
      [{ q: 'LPH' }, 'alpha'],
      [{ q: gamma.apiKeyId.slice(0, 8) }, 'gamma'],
      [{ name: 'et' }, 'beta'],
      [{ state: 'active' }, 'alpha'],
      [{ state: 'disabled' }, 'beta'],
      [{ state: 'revoked' }, 'delta'],
      [{ state: 'expired' }, 'gamma'],
      [{ state: 'rotating' }, ''],
      [{ scope: 'write' }, 'alpha beta delta'],
      [{ keyType: 'rsa' }, 'delta'],
      [{ fingerprint }, 'delta'],
      [{ ids: [alpha.apiKeyId, apiKeyId] }, 'alpha delta'],
      [{ madeBy: alpha.apiKeyId }, 'beta'],
      [{ expiresBefore: 6 }, 'gamma'],
      [{ lastUsedBefore: 10 }, 'alpha beta delta gamma'],
      [{ lastUsedBefore: 9 }, 'alpha beta gamma'],
    ]
    for (const [filters, names] of expected) {
      const list = (limit: number) => listKeysPage(database().reader, filters, { limit }, 1_700_000_000_000)
      const { rows, total, isCapped } = await list(100)
      const found = rows.map(({ name }) => name).sort()
      expect([found.join(' '), total, isCapped], JSON.stringify(filters)).toEqual([names, found.length, false])
      expect(await list(1), JSON.stringify(filters)).toMatchObject({ total, isCapped, hasMore: total > 1 })
    }
  })
})
