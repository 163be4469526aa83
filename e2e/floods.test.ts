import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AskedServer, startAskedServer, unknownKey } from './support/asked-server.ts'
import { ACCESS } from './support/key-holder.ts'
import type { Said } from './support/question.ts'

const FAILURES = 20
const AT_ONCE = 16
const JUNK = 1_500
/** Where the victim calls from; one of the attackers shares it. */
const VICTIM = '203.0.113.7'
const ATTACKERS = [VICTIM, ...Array.from({ length: 5 }, (_, i) => `198.51.100.${i}`), '2001:db8::1', '2001:db8::2']
/** Both IPv6 addresses are in one /64, which counts as one. */
const COUNTED_ADDRESSES = ATTACKERS.length - 1

let server: AskedServer
beforeEach(async () => {
  server = await startAskedServer('sqlite', { settings: { abuse: { failures: FAILURES, refillPerSecond: 1e-6 } } })
})
afterEach(() => server?.close())

test('junk on a known key id is refused, and its holder never', async () => {
  const { victim, junk } = await flood(() => server.customer.keyId)

  expect(new Set(victim.map(({ status }) => status))).toEqual(new Set([200]))
  const passed = junk.filter(({ status }) => status === 401)
  expect(junk.filter(({ status }) => status === 429)).toHaveLength(JUNK - passed.length)
  // From the victim's own address junk on the victim's own key counts as the holder's mistakes.
  const fromStrangers = passed.filter(({ ip }) => ip !== VICTIM)
  expect(fromStrangers.length).toBeGreaterThanOrEqual((COUNTED_ADDRESSES - 1) * FAILURES)
  expect(fromStrangers.length).toBeLessThanOrEqual((COUNTED_ADDRESSES - 1) * (FAILURES + AT_ONCE))
})

test('random key ids are looked up as often as the budget of their addresses allows', async () => {
  const before = await misses()
  const { victim, junk } = await flood(() => unknownKey(server.customer).keyId)

  expect(new Set(victim.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(junk.map(({ status }) => status))).toEqual(new Set([401, 429]))
  const lookedUp = (await misses()) - before
  const ownLookUps = lookedUp - junk.filter(({ status }) => status === 401).length
  expect(ownLookUps).toBeGreaterThanOrEqual(1)
  expect(ownLookUps).toBeLessThanOrEqual(victim.length)
  expect(lookedUp).toBeGreaterThanOrEqual(COUNTED_ADDRESSES * FAILURES)
  expect(lookedUp).toBeLessThanOrEqual(COUNTED_ADDRESSES * (FAILURES + AT_ONCE) + victim.length)
  const refused = junk.find(({ status }) => status === 429)
  expect(refused?.refusal).toContain('too_many_failures')
  expect(refused?.retryAfter).toMatch(/^[1-9]\d*$/)
})

interface Junk extends Said {
  readonly ip: string
}

/** Sends junk from many addresses, some of it at once, and lets the victim call in between. */
async function flood(keyIdOf: () => string): Promise<{ victim: Said[]; junk: Junk[] }> {
  const callAsVictim = () => server.ask({ as: server.customer, ip: VICTIM })
  const victim = [await callAsVictim()]
  const junk: Junk[] = []
  let sent = 0
  const attack = async () => {
    for (let i = sent++; i < JUNK; i = sent++) {
      const ip = ATTACKERS[i % ATTACKERS.length] ?? VICTIM
      junk.push({ ip, ...(await server.ask({ ip, headers: junkHeaders(keyIdOf()) })) })
      if (i % 20 === 0) victim.push(await callAsVictim())
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, attack))
  return { victim, junk }
}

function junkHeaders(keyId: string): Record<string, string> {
  return {
    [ACCESS.key]: keyId,
    [ACCESS.timestamp]: `${Date.now()}`,
    [ACCESS.signature]: randomBytes(64).toString('base64'),
  }
}

function misses(): Promise<number> {
  return server.metric('countersign_key_lookups_total', 'plane="data"', 'result="miss"')
}
