import { generateKeyPairSync } from 'node:crypto'
import type { UpdateKeyRequest } from '@countersign/api'
import { type Denied, parseNetwork } from '@countersign/gate'
import { chainStart, checkEvent } from '@countersign/protocol'
import { DEFAULT_SETTINGS } from '@countersign/server'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Actor } from '../../packages/server/src/actions/actor.ts'
import type { ActionContext } from '../../packages/server/src/actions/context.ts'
import { createKey } from '../../packages/server/src/actions/create-key.ts'
import { deleteKey } from '../../packages/server/src/actions/delete-key.ts'
import { endRotation } from '../../packages/server/src/actions/end-rotation.ts'
import type { Reach } from '../../packages/server/src/actions/lock-target.ts'
import { revokeKey } from '../../packages/server/src/actions/revoke-key.ts'
import { rotateKey } from '../../packages/server/src/actions/rotate-key.ts'
import { setAccountSuspended } from '../../packages/server/src/actions/set-account-suspended.ts'
import { setKeyEnabled } from '../../packages/server/src/actions/set-key-enabled.ts'
import { updateKey } from '../../packages/server/src/actions/update-key.ts'
import { generateKeyPair } from '../../packages/server/src/keypairs/generate-key-pair.ts'
import type { ApiKey, StoredApiKey } from '../../packages/server/src/storage/api-key.ts'
import { readAuditChain } from '../../packages/server/src/storage/audit-events.ts'
import type { Database } from '../../packages/server/src/storage/database.ts'
import { readDeployment } from '../../packages/server/src/storage/deployment.ts'
import { findApiKey } from '../../packages/server/src/storage/find-api-keys.ts'
import { givenAccount, givenApiKey } from '../../packages/server/test/records.ts'

const DAY_MS = 86_400_000
const START_MS = 1_800_000_000_000

/** What the leaked key may do, and so whatever comes of it. */
const LEAKED = {
  scopes: ['read', 'write'],
  expiresAt: START_MS + DAY_MS,
  ipAllowlist: ['10.0.0.0/8'],
  minimumProfile: 'http-message-signatures',
  bucket: { capacity: 100, refillPerSecond: 10 },
} as const

/** What can be done, and how often it is. */
const WEIGHTS = {
  edit: 6,
  rotate: 4,
  mint: 4,
  enable: 4,
  disable: 2,
  finish: 1,
  abort: 2,
  revoke: 1,
  cascade: 1,
  delete: 1,
  suspend: 1,
  unsuspend: 3,
  wait: 1,
} as const

type OperationName = keyof typeof WEIGHTS

const OPERATIONS = Object.entries(WEIGHTS).flatMap(([name, weight]) =>
  Array<string>(weight).fill(name),
) as OperationName[]

/** What a key is told to do; the numbers choose from what there is by then. */
export interface Command {
  readonly operation: OperationName
  readonly actor: number
  readonly target: number
  readonly value: number
}

/** A sequence of commands. */
export const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    actor: fc.nat({ max: 1_000 }),
    target: fc.nat({ max: 1_000 }),
    value: fc.nat({ max: 1_000 }),
  }),
  { minLength: 5, maxLength: 30, size: 'max' },
)

/** What whoever has the leaked key would try first: to wake the two keys that do not work, and to make others that may do more. */
export function firstAttacks(): Command[] {
  const [actor, disabled, expired] = [0, 4, 8]
  const attack = (operation: OperationName, target: number, value: number) => ({ operation, actor, target, value })
  return [
    attack('enable', disabled, 1),
    ...EDITS.flatMap((_, value) => [attack('edit', expired, value), attack('edit', 0, value)]),
    ...WISHES.map((_, value) => attack('mint', 0, value)),
  ]
}

/** Changes that an attacker would like, and some that are harmless. */
const EDITS: readonly UpdateKeyRequest[] = [
  { name: 'renamed' },
  { scopes: ['read'] },
  { scopes: ['read', 'write'] },
  { expires_at: null },
  { expires_at: START_MS + 10 * DAY_MS },
  { expires_at: START_MS + DAY_MS / 2 },
  { ip_allowlist: null },
  { ip_allowlist: ['0.0.0.0/0'] },
  { ip_allowlist: ['10.1.0.0/16'] },
  { minimum_profile: null },
  { bucket: null },
  { bucket: { bucket_capacity: 1_000_000, refill_rate: 1_000_000 } },
  { bucket: { bucket_capacity: 50, refill_rate: 5 } },
]

/** What may be asked of a new key beside its name. */
const WISHES: readonly object[] = [
  {},
  { scopes: ['read'] },
  { scopes: ['write::trade'] },
  { expires_at: START_MS + 10 * DAY_MS },
  { ip_allowlist: ['0.0.0.0/0', '::/0'] },
  { ip_allowlist: ['10.2.0.0/16'] },
  { minimum_profile: 'access-headers' },
  { bucket: { bucket_capacity: 1_000_000, refill_rate: 1_000_000 } },
  { scopes: ['admin', 'read', 'write'] },
]

type Outcome = Denied | 'done' | { readonly made: string }

/**
 * Runs commands by three accounts, a leaked key, and operators against the real actions, and checks after each that no power grew,
 * nothing crossed accounts, no key worked in a state where it must not, and at the end that the audit log tells of every change in
 * one whole chain.
 */
export async function runLifecycle(database: Database, sequence: readonly Command[]): Promise<void> {
  let nowMs = START_MS
  const { deploymentId } = await readDeployment(database.kysely)
  const context: ActionContext = {
    database,
    deploymentId,
    settings: { ...DEFAULT_SETTINGS, databaseUrl: '' },
    keyChanged: () => undefined,
    bucketEnded: () => undefined,
    takeKeyPair: async (type) => generateKeyPair(type),
    now: () => nowMs,
  }
  const world = await givenWorld(database)
  const { ids, leaked } = world

  for (const command of sequence) {
    if (command.operation === 'wait') {
      nowMs += Math.round((command.value / 1_000) * DAY_MS * 0.4)
      continue
    }
    const actorId = pickActor(world, command.actor)
    const targetId = pickTarget(world, actorId, command.target)
    const isHonest = !leaked.has(actorId)
    // Whoever owns a leaked key may give it back what it had: that is no growth.
    if (isHonest && leaked.has(targetId) && ['edit', 'enable', 'abort'].includes(command.operation)) continue

    const actorKey = await findApiKey(database.kysely, actorId)
    const targetKey = await findApiKey(database.kysely, targetId)
    const before = await snapshot(database, world.accounts)
    const latest = await latestEvent(database)
    const actor = actorOf(actorKey, actorId, world.accountOf)
    const reach: Reach = actor.scopes.includes('admin') && command.value % 2 === 0 ? 'all' : 'own'
    const outcome = await apply(context, actor, reach, targetId, targetKey, command)
    if (!isAlive(actorKey, nowMs)) expect(outcome, 'a key that must not work did').toHaveProperty('denied')
    const isStranger = reach === 'own' && targetKey !== undefined && targetKey.accountId !== actor.accountId
    const mayAsk = isAlive(actorKey, nowMs) && actor.scopes.includes('write')
    if (isStranger && mayAsk && !['mint', 'suspend', 'unsuspend'].includes(command.operation)) {
      expect(outcome).toHaveProperty('denied', expect.stringMatching(/^(?:not_found|invalid_parameter)$/))
    }
    const after = await snapshot(database, world.accounts)
    // Each change is told of, and nothing else is.
    const isChanged = JSON.stringify([...after]) !== JSON.stringify([...before])
    expect((await latestEvent(database)) > latest).toBe(isChanged)
    if (isChanged) expect(outcome).not.toHaveProperty('denied')
    for (const accountId of world.accounts) {
      if (reach === 'own' && accountId !== actor.accountId) expect(after.get(accountId)).toEqual(before.get(accountId))
    }
    if (typeof outcome === 'object' && 'made' in outcome) {
      ids.push(outcome.made)
      world.accountOf.set(outcome.made, (await findApiKey(database.kysely, outcome.made))?.accountId ?? '')
      if (!isHonest) leaked.add(outcome.made)
    }
    for (const id of leaked) await expectWithinLeak(database, id, world.leakedId, nowMs)
    await expectFinal(database, world, ids)
  }
  await expectWholeChain(database, deploymentId)
}

interface World {
  readonly accounts: readonly string[]
  readonly accountOf: Map<string, string>
  /** All keys that there ever were. */
  readonly ids: string[]
  /** Keys whose private key the attacker has. */
  readonly leaked: Set<string>
  readonly leakedId: string
  /** Keys that were revoked or deleted once. */
  readonly ended: Map<string, 'revoked' | 'deleted'>
}

async function givenWorld(database: Database): Promise<World> {
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => givenAccount(database)))
  const operators = await givenAccount(database, { isOperator: true })
  if (!a || !b || !c) throw new Error('three accounts were not made')
  const key = (accountId: string, parts: Partial<ApiKey> = {}) => givenApiKey(database, accountId, parts)
  const restricted = await key(a.accountId, LEAKED)
  const wide = await key(a.accountId, { state: 'disabled', disabledBy: 'holder', disabledAt: 1 })
  const old = await key(a.accountId, { expiresAt: START_MS - 1 })
  const others = [
    await key(a.accountId),
    await key(b.accountId),
    await key(c.accountId),
    await key(operators.accountId, { scopes: ['admin', 'read', 'write'] }),
    await key(operators.accountId, { scopes: ['admin', 'read'] }),
  ]
  const keys = [restricted, wide, old, ...others]
  return {
    accounts: [a, b, c, operators].map(({ accountId }) => accountId),
    accountOf: new Map(keys.map(({ apiKeyId, accountId }) => [apiKeyId, accountId])),
    ids: keys.map(({ apiKeyId }) => apiKeyId),
    leaked: new Set([restricted, wide, old].map(({ apiKeyId }) => apiKeyId)),
    leakedId: restricted.apiKeyId,
    ended: new Map(),
  }
}

function apply(
  context: ActionContext,
  actor: Actor,
  reach: Reach,
  targetId: string,
  target: StoredApiKey | undefined,
  { operation, value }: Command,
): Promise<Outcome> {
  const done = async (refused: Promise<Denied | undefined>): Promise<Outcome> => (await refused) ?? 'done'
  const accountId = reach === 'all' && target ? target.accountId : actor.accountId
  if (operation === 'mint') return mint(context, actor, reach, accountId, value)
  if (operation === 'edit') return done(updateKey(context, actor, reach, targetId, pick(EDITS, value)))
  if (operation === 'disable') return done(setKeyEnabled(context, actor, reach, targetId, false))
  if (operation === 'enable') return done(setKeyEnabled(context, actor, reach, targetId, true))
  if (operation === 'delete') return done(deleteKey(context, actor, targetId, reach))
  if (operation === 'finish' || operation === 'abort') {
    return done(endRotation(context, actor, reach, targetId, operation))
  }
  if (operation === 'suspend' || operation === 'unsuspend') {
    return done(setAccountSuspended(context, actor, accountId, operation === 'suspend'))
  }
  if (operation === 'rotate') return rotate(context, actor, targetId, value)
  const request = { reason: value % 3 === 0 ? 'key_compromise' : 'superseded', cascade: operation === 'cascade' }
  const cascades = { holder: 'test', keysAtOnce: 500, wake: () => undefined }
  return done(
    revokeKey({ ...context, cascades }, actor, reach, targetId, request).then((it) =>
      'denied' in it ? it : undefined,
    ),
  )
}

async function mint(
  context: ActionContext,
  actor: Actor,
  reach: Reach,
  accountId: string,
  value: number,
): Promise<Outcome> {
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const request = { name: 'made', public_key: publicKey, ...pick(WISHES, value) }
  const made = await createKey(context, actor, request, { accountId, reach })
  return 'denied' in made ? made : { made: made.apiKeyId }
}

async function rotate(context: ActionContext, actor: Actor, targetId: string, value: number): Promise<Outcome> {
  const started = await rotateKey(context, actor, targetId, { grace_seconds: value * 60, key_type: 'ed25519' })
  return 'denied' in started ? started : { made: started.rotation.newKeyId }
}

/** Every other command is the attacker's, and half of those are signed with the key that leaked. */
function pickActor({ ids, leaked, leakedId }: World, index: number): string {
  if (index % 4 === 0) return leakedId
  return pick(index % 4 === 1 ? [...leaked] : ids, index >> 2)
}

/** Mostly a key of the actor's own account: others are answered as if they were not there. */
function pickTarget({ ids, leaked, accountOf }: World, actorId: string, index: number): string {
  if (index % 4 === 0) return pick([...leaked], index >> 2)
  if (index % 4 === 1) return pick(ids, index >> 2)
  const own = ids.filter((id) => accountOf.get(id) === accountOf.get(actorId))
  return pick(own, index >> 2)
}

/** Whatever the attacker holds and can use is within what leaked. */
async function expectWithinLeak(database: Database, id: string, leakedId: string, nowMs: number): Promise<void> {
  const key = await findApiKey(database.kysely, id)
  if (!key || !isAlive(key, nowMs)) return
  expect(LEAKED.scopes).toEqual(expect.arrayContaining(key.scopes.map((scope) => scope.split('::')[0])))
  expect(key.expiresAt).toBeLessThanOrEqual(LEAKED.expiresAt)
  expect(key.minimumProfile).toBe(LEAKED.minimumProfile)
  const [outer] = LEAKED.ipAllowlist.map(networkOf)
  for (const range of key.ipAllowlist?.map(networkOf) ?? [networkOf('::/0')]) {
    expect(range.base >= (outer?.base ?? 0n) && range.last <= (outer?.last ?? 0n)).toBe(true)
  }
  expect(key.bucketOwnerId ?? key.apiKeyId).toBe(leakedId)
  expect(key.bucket?.capacity).toBeLessThanOrEqual(LEAKED.bucket.capacity)
  expect(key.bucket?.refillPerSecond).toBeLessThanOrEqual(LEAKED.bucket.refillPerSecond)
}

/** What was revoked or deleted once stays so; `admin` is on operators' keys only. */
async function expectFinal(database: Database, { ended, accounts }: World, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const key = await findApiKey(database.kysely, id)
    const now = key ? key.state : 'deleted'
    const was = ended.get(id)
    if (was === 'deleted') expect(now).toBe('deleted')
    if (was === 'revoked') expect(['revoked', 'deleted']).toContain(now)
    if (now === 'revoked' || now === 'deleted') ended.set(id, now)
    if (key?.scopes.includes('admin')) expect(key.accountId).toBe(accounts.at(-1))
  }
}

async function expectWholeChain(database: Database, deploymentId: string): Promise<void> {
  let position = await chainStart(deploymentId)
  for (const event of await readAuditChain(database.kysely, 0, 1_000_000)) {
    expect(await checkEvent(event, position)).toBeUndefined()
    position = { seq: event.seq, hash: event.hash }
  }
}

function isAlive(key: StoredApiKey | undefined, nowMs: number): boolean {
  if (key?.state !== 'active' || key.accountSuspended) return false
  return key.expiresAt === undefined || nowMs < key.expiresAt
}

function actorOf(key: StoredApiKey | undefined, keyId: string, accountOf: ReadonlyMap<string, string>): Actor {
  return {
    accountId: accountOf.get(keyId) ?? '',
    keyId,
    // What a gate had read before: the action reads again.
    scopes: key?.scopes ?? ['read', 'write'],
    tier: 'basic',
    profile: 'http-message-signatures',
    ip: '10.0.0.1',
  }
}

async function snapshot(database: Database, accounts: readonly string[]): Promise<Map<string, unknown>> {
  const keys = await database.kysely
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', 'in', accounts)
    .orderBy('id')
    .execute()
  const rows = await database.kysely.selectFrom('accounts').selectAll().where('id', 'in', accounts).execute()
  return new Map(
    accounts.map((id) => [id, [rows.find((row) => row.id === id), ...keys.filter((key) => key.account_id === id)]]),
  )
}

async function latestEvent(database: Database): Promise<number> {
  const { seq } = await database.kysely.selectFrom('audit_chain').select('seq').executeTakeFirstOrThrow()
  return seq
}

function networkOf(range: string) {
  const network = parseNetwork(range)
  if ('problem' in network) throw new Error(range)
  return network
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}
