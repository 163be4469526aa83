import { DEFAULT_SETTINGS } from '@countersign/server'
import { expect, test } from 'vitest'
import { signedCall } from './attacks/support/signed-call.ts'
import { givenKey } from './support/given-key.ts'
import { DIALECTS } from './support/running-server.ts'
import { startWorld } from './support/world.ts'

const KEYS = '/trade-api/v2/api_keys'

test.each(DIALECTS)(
  '%s: an account that has changed enough for an hour ends keys and does nothing else',
  async (dialect) => {
    let nowMs = Math.floor(Date.now() / 3_600_000) * 3_600_000
    const settings = { audit: { ...DEFAULT_SETTINGS.audit, bytesPerAccountAndHour: 4_096 } }
    const world = await startWorld(dialect, { settings, now: () => Math.max(nowMs, Date.now()) })
    const { server, database, alice, bob } = world
    try {
      const [first, second, third] = await Promise.all(
        ['first', 'second', 'third'].map((name) => givenKey(database, alice.accountId, { name })),
      )
      const change = (name: string) => signedCall(server, alice, 'PATCH', `${KEYS}/${first?.keyId}`, { name })
      const statuses: number[] = []
      for (let i = 0; i < 12; i++) statuses.push((await change(`name ${i}`)).status)
      expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200])
      expect(statuses.at(-1)).toBe(429)
      // Once it is used up, it is until the hour ends.
      expect(statuses).toEqual(statuses.toSorted((a, b) => a - b))

      const refused = await change('another')
      expect(JSON.parse(refused.text).error.code).toBe('audit_quota_used')
      const retryAfter = Number(refused.headers['retry-after'])
      expect(retryAfter).toBeGreaterThan(0)
      expect(retryAfter).toBeLessThanOrEqual(3_600)

      expect((await signedCall(server, alice, 'GET', KEYS)).status).toBe(200)
      expect((await signedCall(server, alice, 'POST', `${KEYS}/${first?.keyId}/disable`)).status).toBe(200)
      expect((await signedCall(server, alice, 'POST', `${KEYS}/${first?.keyId}/enable`)).status).toBe(429)
      const reason = { reason: 'superseded' }
      expect((await signedCall(server, alice, 'POST', `${KEYS}/${second?.keyId}/revoke`, reason)).status).toBe(200)
      expect((await signedCall(server, alice, 'DELETE', `${KEYS}/${third?.keyId}`)).status).toBe(204)
      const other = await givenKey(database, bob.accountId, { name: 'other' })
      expect((await signedCall(server, bob, 'PATCH', `${KEYS}/${other.keyId}`, { name: 'mine' })).status).toBe(200)
      nowMs += 3_600_000
    } finally {
      await world.close()
    }
  },
)
