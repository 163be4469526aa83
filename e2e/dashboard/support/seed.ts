import { createHash, generateKeyPairSync } from 'node:crypto'
import type { ApiKey } from '../../../packages/server/src/storage/api-key.ts'
import { insertApiKey } from '../../../packages/server/src/storage/change-api-keys.ts'
import type { Database } from '../../../packages/server/src/storage/database.ts'
import { inTransaction } from '../../../packages/server/src/storage/transaction.ts'
import { addUsage } from '../../../packages/server/src/storage/usage.ts'
import { makeApiKey } from '../../../packages/server/test/records.ts'
import { givenKey } from '../../support/given-key.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Keys of every state, names that try to be more than text, and a week of usage. */
export async function seedKeys(
  database: Database,
  accountId: string,
  now: number,
): Promise<{ readonly pricingBot: string }> {
  const key = (parts: Partial<ApiKey>) => givenKey(database, accountId, { createdAt: now - 40 * DAY, ...parts })
  const { keyId: pricingBot } = await key({ name: 'pricing-bot', scopes: ['read'] })
  await key({ name: 'desk-eu', scopes: ['read', 'write'], expiresAt: now + 6 * DAY })
  await key({ name: 'old-batch', scopes: ['write::trade'], state: 'disabled' })
  await key({ name: 'leaked in a repository', state: 'revoked' })
  await key({ name: 'trial', scopes: ['read::portfolio_balance'], expiresAt: now - DAY })
  await key({ name: '<img src=x onerror=alert(1)><b>bold</b>', scopes: ['read'] })
  await key({ name: 'מפתח \u202eחודש', scopes: ['read'] })
  await key({ name: '🚀 rocket 👩‍🚀', scopes: ['read', 'write'], subaccount: 4 })
  await key({
    name: 'a very long name '.repeat(7).trim().padEnd(128, '.'),
    scopes: ['read', 'write::trade', 'write::transfer'],
  })
  const hours = Array.from({ length: 24 * 7 }, (_, i) => i)
  await inTransaction(database, (trx) =>
    addUsage(
      trx,
      hours.flatMap((i) => {
        const at = now - i * HOUR
        const counts = {
          at,
          allowed: 800 + Math.round(400 * Math.sin(i / 4)) + ((i * 37) % 90),
          refused: i % 9 === 2 ? 7 : 0,
          limited: i % 31 === 4 ? 2 : 0,
          fault: i === 12 ? 1 : 0,
        }
        return [
          { subject: 'key' as const, id: pricingBot, ...counts },
          { subject: 'account' as const, id: accountId, ...counts },
        ]
      }),
    ),
  )
  return { pricingBot }
}

/** Many keys whose private halves nobody has. */
export async function seedManyKeys(database: Database, accountId: string, howMany: number, now: number): Promise<void> {
  await inTransaction(database, async (trx) => {
    for (let i = 0; i < howMany; i++) {
      const name = `bot ${String(i).padStart(5, '0')}`
      const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })
      const fingerprint = createHash('sha256').update(publicKey).digest('base64url')
      const parts = { name, publicKey: new Uint8Array(publicKey), fingerprint, createdAt: now - howMany + i }
      await insertApiKey(trx, makeApiKey(accountId, parts))
    }
  })
}
