import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEvent } from '@countersign/api'
import { type AuditHead, auditLogHeader, auditLogLine, checkAuditLog, verifyAuditHead } from '@countersign/protocol'
import { DEFAULT_SETTINGS } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inTransaction } from '../packages/server/src/storage/transaction.ts'
import { addUsage, STEP_MS, type UsageSubject } from '../packages/server/src/storage/usage.ts'
import { callSigned, startMessageWorld } from './message-signatures/support/message-world.ts'
import { eventually } from './support/eventually.ts'
import { type GivenKey, givenKey, givenOperator } from './support/given-key.ts'
import { DIALECTS } from './support/running-server.ts'
import type { World } from './support/world.ts'

const BASE = '/trade-api/v2'
const HOUR = Date.now() - (Date.now() % STEP_MS.hour) - 2 * STEP_MS.hour
const NONE = { allowed: 0, refused: 0, limited: 0, fault: 0 }

describe.each(DIALECTS)('usage and audit events over HTTP (%s)', (dialect) => {
  let world: World
  let operator: GivenKey
  let sibling: GivenKey
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-audit-'))
    const deploymentKeyFile = join(folder, 'deployment-key.pem')
    world = await startMessageWorld(dialect, {
      audit: { ...DEFAULT_SETTINGS.audit, headEveryMs: 20 },
      deploymentKeyFile,
    })
    operator = await givenOperator(world.database)
    sibling = await givenKey(world.database, world.alice.accountId, { name: 'sibling' })
  })
  afterAll(async () => {
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function ask(as: GivenKey, target: string) {
    const answer = await callSigned(world.server, as, 'GET', target)
    return { status: answer.status, body: JSON.parse(answer.text) }
  }

  describe('usage', () => {
    const range = () => `from=${HOUR}&to=${HOUR + 2 * STEP_MS.hour}`

    beforeAll(async () => {
      const { alice, bob, database } = world
      const count = (subject: UsageSubject, id: string, at: number, counts: object) =>
        ({ subject, id, at, ...NONE, ...counts }) as const
      await inTransaction(database, (trx) =>
        addUsage(trx, [
          count('key', alice.keyId, HOUR, { allowed: 5, refused: 1 }),
          count('key', alice.keyId, HOUR + STEP_MS.hour, { limited: 2 }),
          count('key', sibling.keyId, HOUR, { allowed: 9 }),
          count('account', alice.accountId, HOUR, { allowed: 14, refused: 1, limited: 2 }),
          count('key', bob.keyId, HOUR, { fault: 20 }),
          count('account', bob.accountId, HOUR, { fault: 20 }),
          count('code', 'allowed', HOUR, { allowed: 14 }),
          count('code', 'signature_incorrect', HOUR, { refused: 100 }),
        ]),
      )
    })

    test('of a key, a point for every step', async () => {
      const { status, body } = await ask(world.alice, `${BASE}/api_keys/${world.alice.keyId}/usage?${range()}`)
      expect(status).toBe(200)
      expect(body).toEqual({
        api_key_id: world.alice.keyId,
        step: 'hour',
        from: HOUR,
        to: HOUR + 2 * STEP_MS.hour,
        kept_from: expect.any(Number),
        total: { allowed: 5, refused: 1, limited: 2, fault: 0 },
        points: [
          { at: HOUR, allowed: 5, refused: 1, limited: 0, fault: 0 },
          { at: HOUR + STEP_MS.hour, allowed: 0, refused: 0, limited: 2, fault: 0 },
        ],
      })
      const kept = Date.now() - 90 * STEP_MS.day
      expect(Math.abs(body.kept_from - kept)).toBeLessThanOrEqual(2 * STEP_MS.hour)
    })

    test.each([
      ['minute', 60],
      ['hour', 24],
      ['day', 30],
    ])('in steps of a %s up to now where nothing is said, %d of them', async (step, steps) => {
      const { body } = await ask(world.alice, `${BASE}/api_keys/${world.alice.keyId}/usage?step=${step}`)
      expect(body.points.length - steps).toBeGreaterThanOrEqual(0)
      expect(body.points.length - steps).toBeLessThanOrEqual(1)
      expect(body.to).toBeGreaterThan(Date.now() - 60_000)
    })

    test('of an account, with its busiest keys', async () => {
      const { body } = await ask(world.alice, `${BASE}/account/usage?${range()}`)
      expect(body).toMatchObject({
        account_id: world.alice.accountId,
        total: { allowed: 14, refused: 1, limited: 2, fault: 0 },
        top_keys: [
          { api_key_id: sibling.keyId, name: 'sibling', account_id: world.alice.accountId, ...NONE, allowed: 9 },
          { api_key_id: world.alice.keyId, name: 'alice', ...NONE, allowed: 5, refused: 1, limited: 2 },
        ],
      })
    })

    test('of an account, with how full its buckets are', async () => {
      const bob = await givenKey(world.database, world.bob.accountId)
      const { buckets } = (await ask(bob, `${BASE}/account/usage`)).body
      expect(buckets).toMatchObject([
        { bucket: 'read', bucket_capacity: 12_000, refill_rate: 12_000, tokens: expect.any(Number) },
        { bucket: 'write', bucket_capacity: 28_800, refill_rate: 9_600, tokens: 28_800 },
      ])
      // The request itself was paid for.
      expect(buckets[0].tokens).toBeLessThanOrEqual(12_000)
      expect(buckets[0].tokens).toBeGreaterThan(0)
    })

    test('of the deployment, unproven refusals included, for operators', async () => {
      const { body } = await ask(operator, `/admin/v1/usage?${range()}`)
      expect(body.total).toEqual({ ...NONE, allowed: 14, refused: 100 })
      expect(body.top_codes).toEqual([
        { code: 'signature_incorrect', ...NONE, refused: 100 },
        { code: 'allowed', ...NONE, allowed: 14 },
      ])
      expect(body.top_accounts).toEqual([
        { account_id: world.bob.accountId, name: 'Bob', ...NONE, fault: 20 },
        { account_id: world.alice.accountId, name: 'Alice', ...NONE, allowed: 14, refused: 1, limited: 2 },
      ])
      expect(body.top_keys.map((key: { api_key_id: string }) => key.api_key_id)).toEqual([
        world.bob.keyId,
        sibling.keyId,
        world.alice.keyId,
      ])
    })

    test('of one account or one key, for operators', async () => {
      const ofAccount = await ask(operator, `/admin/v1/usage?${range()}&account_id=${world.bob.accountId}`)
      expect(ofAccount.body).toMatchObject({ total: { fault: 20 }, top_keys: [{ fault: 20 }], top_codes: [] })
      const ofKey = await ask(operator, `/admin/v1/usage?${range()}&api_key_id=${sibling.keyId}`)
      expect(ofKey.body).toMatchObject({ total: { ...NONE, allowed: 9 }, top_keys: [] })
    })

    test('of another account is not found, and needs read and no sub-account', async () => {
      const { alice, bob } = world
      expect((await ask(bob, `${BASE}/api_keys/${alice.keyId}/usage`)).status).toBe(404)
      const narrow = await givenKey(world.database, alice.accountId, { scopes: ['write::trade'] })
      const bound = await givenKey(world.database, alice.accountId, { subaccount: 3 })
      for (const key of [narrow, bound]) {
        for (const target of [`/api_keys/${key.keyId}/usage`, '/account/usage', '/account/audit_events']) {
          expect((await ask(key, BASE + target)).status).toBe(403)
        }
      }
      for (const target of ['/admin/v1/usage', '/admin/v1/audit_events']) {
        expect((await ask(alice, target)).status).toBe(403)
      }
    })

    test.each([
      ['step=week', 'step: must be one of minute, hour, day'],
      ['from=5&to=5', 'from: must be before to'],
      ['from=yesterday', 'from: must be Unix milliseconds'],
      ['from=0', 'step: must be longer, or the range shorter: at most 1500 steps'],
    ])('refuses %s', async (query, details) => {
      const { status, body } = await ask(world.alice, `${BASE}/account/usage?${query}`)
      expect({ status, details: body.error.details }).toEqual({ status: 400, details })
    })
  })

  describe('audit events', () => {
    const whole = () => '/admin/v1/audit_events?order=oldest&limit=500'

    test('of an account are its own, newest first, and do not name the provider’s people or their notes', async () => {
      const made = await callSigned(world.server, world.alice, 'POST', `${BASE}/api_keys/generate`, {
        json: { name: 'made', key_type: 'ed25519' },
      })
      const { api_key_id: made_id } = JSON.parse(made.text)
      const { accountId } = world.alice
      for (const [method, target, json] of [
        ['PATCH', `/admin/v1/accounts/${accountId}`, { metadata: { note: 'pays late' }, name: 'Alice Ltd' }],
        ['POST', `/admin/v1/api_keys/${made_id}/disable`, undefined],
      ] as const) {
        expect((await callSigned(world.server, operator, method, target, { json })).status).toBe(200)
      }
      const { body } = await ask(world.alice, `${BASE}/account/audit_events`)
      expect(body.events.map((event: { action: string }) => event.action)).toEqual([
        'key.disabled',
        'account.updated',
        'key.created',
      ])
      expect(body.events[0].actor).toEqual({ type: 'operator' })
      expect(body.events[2].actor).toMatchObject({ type: 'account', api_key_id: world.alice.keyId })
      const text = JSON.stringify(body)
      for (const hidden of ['pays late', operator.keyId, operator.accountId, 'hash']) expect(text).not.toContain(hidden)
      expect((await ask(world.bob, `${BASE}/account/audit_events`)).body).toEqual({ events: [], browsers: [] })

      const ofKey = await ask(world.alice, `${BASE}/account/audit_events?api_key_id=${made_id}&action=key.created`)
      expect(ofKey.body.events).toHaveLength(1)
    })

    test('of all accounts come in pages, by filters, in both orders', async () => {
      const all = (await ask(operator, whole())).body.events as AuditEvent[]
      expect(all.length).toBeGreaterThanOrEqual(3)
      const paged: AuditEvent[] = []
      for (let cursor = ''; ; ) {
        const { body } = await ask(operator, `/admin/v1/audit_events?limit=2${cursor && `&cursor=${cursor}`}`)
        paged.push(...body.events)
        if (!body.next_cursor) break
        cursor = body.next_cursor
      }
      expect(paged).toEqual(all.toReversed())
      const seqs = async (query: string) =>
        ((await ask(operator, `${whole()}&${query}`)).body.events as AuditEvent[]).map(({ seq }) => seq)
      const fitting = (fits: (event: AuditEvent) => boolean) => all.filter(fits).map(({ seq }) => seq)
      const at = all[1]?.at ?? 0
      expect(await seqs('action=key')).toEqual(fitting(({ action }) => action.startsWith('key.')))
      expect(await seqs('action=key.disabled')).toEqual(fitting(({ action }) => action === 'key.disabled'))
      expect(await seqs('actor_type=operator')).toEqual(fitting(({ actor }) => actor.type === 'operator'))
      expect(await seqs(`actor_key_id=${operator.keyId}`)).toEqual(fitting(({ actor }) => actor.type === 'operator'))
      expect(await seqs(`account_id=${world.alice.accountId}`)).toEqual(all.map(({ seq }) => seq))
      expect(await seqs(`from=${at}`)).toEqual(fitting((event) => event.at >= at))
      expect(await seqs(`to=${at}`)).toEqual(fitting((event) => event.at < at))
    })

    test.each(['cursor=x', 'limit=0', 'order=random', 'actor_type=me', 'from=now', 'account_id=%00'])(
      'refuse %s',
      async (query) => expect((await ask(operator, `/admin/v1/audit_events?${query}`)).status).toBe(400),
    )

    test('as they are told can be checked by anybody, against a head that the server signed', async () => {
      await eventually(20_000, async () => {
        const { events, chain } = (await ask(operator, whole())).body
        return chain.state === 'whole' && chain.events === events.length && chain.head?.seq === events.length
      })
      const { deployment_id, events, chain } = (await ask(operator, whole())).body
      const head = chain.head as AuditHead
      expect(await verifyAuditHead(head)).toBeDefined()
      const check = checkAuditLog([head])
      expect(await check.next(auditLogHeader(deployment_id))).toBeUndefined()
      for (const event of events) expect(await check.next(auditLogLine(event))).toBeUndefined()
      expect([check.end(), check.position().seq]).toEqual([undefined, events.length])

      expect(world.server.log()).toContain('"audit_head":"{')
      expect(chain.published_to).toEqual(['log', 'file'])
      const headFile = (await readdir(folder)).find((name) => name.endsWith('audit-heads.jsonl')) ?? ''
      const heads = (await readFile(join(folder, headFile), 'utf8')).trimEnd().split('\n')
      expect(heads.map((line) => JSON.parse(line))).toContainEqual(head)
      const { mode } = await stat(join(folder, 'deployment-key.pem'))
      expect(mode & 0o777).toBe(0o600)
    })
  })
})
