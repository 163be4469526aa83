import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { givenAccount } from '../../test/records.ts'
import { readUsage } from '../storage/usage.ts'
import type { ActionContext } from './context.ts'
import { countDecisions } from './count-decisions.ts'

const NOW = 1_700_000_000_000
const COUNTS = { allowed: 3, refused: 0, limited: 0, fault: 0 }

describeOnEachDatabase('what a gate elsewhere reports', (on) => {
  test('counts what exists, and leaves out made-up ids, codes and times', async () => {
    const { accountId } = await givenAccount(on.database())
    const row = (subject: 'key' | 'account' | 'code', id: string, at = NOW) => ({ subject, id, at, ...COUNTS })
    const minutes = [
      row('account', accountId),
      row('code', 'allowed'),
      row('account', '11111111-1111-4111-8111-111111111111'),
      row('key', '11111111-1111-4111-8111-111111111111'),
      row('code', 'made-up'),
      row('code', 'signature_incorrect', NOW - 3 * 86_400_000),
    ]
    const context = { database: on.database(), now: () => NOW } as ActionContext
    const request = { reporter: '11111111-1111-4111-8111-222222222222', sequence: 1, minutes, last_uses: [] }
    await countDecisions(context, '11111111-1111-4111-8111-333333333333', request)
    const written = await on.database().kysely.selectFrom('usage').select(['subject', 'id']).distinct().execute()
    expect(written.map(({ subject, id }) => `${subject} ${id}`).sort()).toEqual([
      `account ${accountId}`,
      'code allowed',
    ])
    const range = { fromMs: NOW - 60_000, toMs: NOW + 60_000, step: 'minute' } as const
    expect(await readUsage(on.database().kysely, 'account', accountId, range)).toMatchObject([{ allowed: 3 }])
  })
})
