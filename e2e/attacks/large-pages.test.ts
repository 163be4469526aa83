import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { appendAuditEvent } from '../../packages/server/src/storage/audit-events.ts'
import { inTransaction } from '../../packages/server/src/storage/transaction.ts'
import { givenKey } from '../support/given-key.ts'
import { type AttackedServer, type AttackedServerOptions, startAttackedServer } from './support/attacked-server.ts'
import { attackMs } from './support/length.ts'
import { runAttack } from './support/run-attack.ts'
import { signedCall, signedHeaders } from './support/signed-call.ts'

const LASTS_MS = attackMs(4_000, 60_000)
const EVENTS = '/trade-api/v2/account/audit_events?limit=500'
const KEYS = '/trade-api/v2/api_keys'
const FULL_KEYS = `${KEYS}?view=full&limit=500`

/** As many notes as could be kept before their size was bounded: such events are in logs that older versions wrote. */
const OLD_NOTES = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`note-${i}`, '😀'.repeat(512)]))

/** As many as can be kept. */
const NOTES = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`n${i}`, 'x'.repeat(490)]))

let server: AttackedServer
afterEach(() => server?.close())

const seed: AttackedServerOptions['seed'] = async (database, { accountId, keyId }) => {
  const change = { before: { metadata: OLD_NOTES }, after: { metadata: OLD_NOTES } }
  const entry = { action: 'key.updated', actor: { type: 'server' }, accountId, apiKeyId: keyId, ...change } as const
  for (let i = 0; i < 500; i++) await inTransaction(database, (trx) => appendAuditEvent(trx, entry, Date.now()))
  for (let i = 0; i < 99; i++) await givenKey(database, accountId, { name: `k${i}`, metadata: NOTES })
}

test('a customer who reads large pages all the time, 30 at once, and does not take all answers', async () => {
  server = await startAttackedServer({ seed })
  const page = await signedCall(server, server.attacker, 'GET', EVENTS)
  expect(page.status).toBe(200)
  expect(page.text.length).toBeLessThan(512 * 1024)
  const keys = await signedCall(server, server.attacker, 'GET', FULL_KEYS)
  expect(keys.status).toBe(200)
  expect(keys.text.length).toBeLessThan(512 * 1024)
  await runAttack(server, readPages, { name: 'large pages', lastsMs: LASTS_MS, growthMiB: 256 })
})

test('a customer who changes a key all the time with as many notes as can be kept', async () => {
  const bytesPerAccountAndHour = 64 * 1024
  server = await startAttackedServer({ config: { audit: { bytesPerAccountAndHour } } })
  let allowed = 0
  let refused = 0
  const change = async (attacked: AttackedServer, signal: AbortSignal) => {
    for (let i = 0; !signal.aborted; i++) {
      const metadata = { ...NOTES, i: `${i}` }
      const target = `${KEYS}/${attacked.attacker.keyId}`
      const { status } = await signedCall(attacked, attacked.attacker, 'PATCH', target, { metadata })
      if (status === 200) allowed++
      else refused++
      await sleep(10)
    }
  }
  await runAttack(server, change, { name: 'audit log', lastsMs: LASTS_MS, growthMiB: 128 })
  expect(allowed).toBeGreaterThan(0)
  expect(refused).toBeGreaterThan(0)
  // Each change keeps the notes of before and of now; an hour that ends meanwhile gives as many again.
  expect(allowed).toBeLessThanOrEqual(2 * (1 + bytesPerAccountAndHour / (2 * 3_900)))
})

/** 30 readers in turns: half of them take their answers, the others leave them. */
async function readPages(attacked: AttackedServer, signal: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 30 })
  await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      while (!signal.aborted) await readPage(attacked, i % 2 === 0 ? EVENTS : FULL_KEYS, i < 15 ? agent : undefined)
    }),
  )
  agent.destroy()
}

async function readPage(attacked: AttackedServer, target: string, agent: Agent | undefined): Promise<void> {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const headers = signedHeaders(attacked.port, attacked.attacker, 'GET', target)
  const sent = request({ host: '127.0.0.1', port: attacked.port, path: target, headers, agent: agent ?? false })
  sent.on('error', () => resolve())
  sent.on('response', (response) => {
    if (agent) response.resume().on('close', resolve)
    // Left unread for a while.
    else setTimeout(() => response.destroy(), 1_000).unref()
    response.on('close', resolve)
  })
  sent.end()
  await done
  await sleep(20)
}
