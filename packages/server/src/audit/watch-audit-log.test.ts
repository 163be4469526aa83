import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditHead, chainStart, verifyAuditHead } from '@countersign/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { DEFAULT_SETTINGS } from '../config/settings.ts'
import { createLogger } from '../observe/log.ts'
import { appendAuditEvent } from '../storage/audit-events.ts'
import { openDatabase } from '../storage/database.ts'
import { readDeployment } from '../storage/deployment.ts'
import { migrate } from '../storage/migrate.ts'
import { inTransaction } from '../storage/transaction.ts'
import { openDeploymentKey } from './deployment-key.ts'
import { appendHead, readLastHead } from './head-file.ts'
import { startAuditWatch } from './start-audit-watch.ts'
import { type AuditWatch, watchAuditLog } from './watch-audit-log.ts'

const NOW_MS = 1_800_000_000_000
const DAY_MS = 86_400_000

describeOnEachDatabase('the watch over the audit log', ({ database }) => {
  let folder: string
  let headFile: string
  let nowMs = NOW_MS
  const lines: string[] = []
  const opened: AuditWatch[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-watch-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    headFile = join(folder, 'heads.jsonl')
    await rm(headFile, { force: true })
    lines.length = 0
    nowMs = NOW_MS
    const { kysely } = database()
    const { deploymentId } = await readDeployment(kysely)
    await kysely.deleteFrom('audit_events').execute()
    await kysely
      .updateTable('audit_chain')
      .set(await chainStart(deploymentId))
      .execute()
    const unread = { seq: null, hash: null, status: null, read_from_start_at: 0 }
    await kysely
      .updateTable('audit_watch')
      .set({ holder: '', signs: 0, held_until: 0, ...unread })
      .execute()
  })
  afterEach(async () => {
    for (const watch of opened.splice(0)) await watch.close()
  })

  const append = (events: number) =>
    inTransaction(database(), async (trx) => {
      for (let i = 0; i < events; i++) {
        appendAuditEvent(trx, { action: 'key.updated', actor: { type: 'server' }, reason: `${i}` }, NOW_MS)
      }
    })

  async function open({ signs = true, to = headFile }: { signs?: boolean; to?: string | undefined } = {}) {
    const watch = watchAuditLog({
      database: database(),
      deploymentId: (await readDeployment(database().kysely)).deploymentId,
      key: signs ? await openDeploymentKey(join(folder, 'key.pem')) : undefined,
      headFile: to,
      everyMs: 1e9,
      log: createLogger('info', { write: (line) => void lines.push(line) }),
      now: () => nowMs,
    })
    opened.push(watch)
    await watch.check()
    return watch
  }

  /** What becomes of the watch of a node that was killed. */
  const expire = () => database().kysely.updateTable('audit_watch').set({ held_until: 1 }).execute()

  const headsIn = async (file = headFile): Promise<AuditHead[]> =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))

  test('reads a log of several pages, and signs how far it goes each time that it has grown', async () => {
    await append(1_003)
    const watch = await open()
    await watch.check()
    expect(watch.status()).toMatchObject({
      state: 'whole',
      events: 1_003,
      checked_at: NOW_MS,
      published_to: ['log', 'file'],
    })
    await append(2)
    await watch.close()
    const heads = await headsIn()
    expect(heads.map(({ seq }) => seq)).toEqual([1_003, 1_005])
    for (const head of heads) expect(await verifyAuditHead(head)).toBeDefined()
    expect(await verifyAuditHead({ ...heads[0], seq: 5 } as AuditHead)).toBeUndefined()
    expect(lines.filter((line) => line.includes('"audit_head":"{'))).toHaveLength(2)
    expect((await stat(headFile)).mode & 0o777).toBe(0o600)
  })

  test('an empty log has a head too', async () => {
    await (await open()).close()
    expect((await headsIn()).map(({ seq }) => seq)).toEqual([0])
  })

  test('an event that was changed or taken out breaks the log for good', async () => {
    await append(5)
    const { kysely } = database()
    await kysely.updateTable('audit_events').set({ reason: 'x' }).where('seq', '=', 3).execute()
    const watch = await open()
    expect(watch.status()).toMatchObject({ state: 'broken', broken_at: 3, fault: 'wrong_hash', published_to: [] })
    expect(lines.join('')).toContain('the audit log is broken')
    await kysely.deleteFrom('audit_events').where('seq', '=', 3).execute()
    await watch.close()
    expect((await open()).status()).toMatchObject({ state: 'broken', broken_at: 4, fault: 'events_missing' })
  })

  test('a tail that was cut off is seen by the server that read it, and by the next one from its head file', async () => {
    await append(5)
    const watch = await open()
    const { kysely } = database()
    const last = await kysely.selectFrom('audit_events').selectAll().where('seq', '=', 3).executeTakeFirstOrThrow()
    await kysely.deleteFrom('audit_events').where('seq', '>', 3).execute()
    await kysely.updateTable('audit_chain').set({ seq: 3, hash: last.hash }).execute()
    expect((await open()).status()).toMatchObject({ state: 'broken', broken_at: 4, fault: 'head_differs' })
    await append(2)
    await watch.check()
    expect(watch.status()).toMatchObject({ state: 'broken', broken_at: 5, fault: 'head_differs' })
    expect((await open()).status()).toMatchObject({ state: 'broken', broken_at: 5, fault: 'head_differs' })
    await watch.close()
    const elsewhere = await open({ to: join(folder, 'other.jsonl') })
    expect(elsewhere.status().state).toBe('whole')
  })

  test('what was read is read again a day later', async () => {
    await append(5)
    const watch = await open()
    await database().kysely.updateTable('audit_events').set({ reason: 'x' }).where('seq', '=', 2).execute()
    await watch.check()
    expect(watch.status().state).toBe('whole')
    nowMs += DAY_MS + 1
    await watch.check()
    expect(watch.status()).toMatchObject({ state: 'broken', broken_at: 2 })
  })

  test('of two nodes one reads and signs, and both say the same', async () => {
    await append(3)
    const first = await open({ to: join(folder, 'first.jsonl') })
    const second = await open({ to: join(folder, 'second.jsonl') })
    expect(second.status()).toEqual(first.status())
    await append(2)
    await second.check()
    expect(second.status().events).toBe(3)
    await first.check()
    await second.check()
    expect(second.status()).toMatchObject({
      state: 'whole',
      events: 5,
      head: { seq: 5 },
      published_to: ['log', 'file'],
    })
    expect((await headsIn(join(folder, 'first.jsonl'))).map(({ seq }) => seq)).toEqual([3, 5])
    await expect(stat(join(folder, 'second.jsonl'))).rejects.toThrow('ENOENT')
  })

  test.each([
    ['was killed', expire],
    ['was stopped', (first: AuditWatch) => first.close()],
  ])('when the node that has the watch %s, another one reads on from its place', async (how, end) => {
    const files = ['first', 'second'].map((name) => join(folder, `${name} ${how}.jsonl`))
    await append(3)
    const first = await open({ to: files[0] })
    const second = await open({ to: files[1] })
    await end(first)
    await append(2)
    // Who reads from the start finds this.
    await database().kysely.updateTable('audit_events').set({ reason: 'x' }).where('seq', '=', 1).execute()
    await second.check()
    expect(second.status()).toMatchObject({ state: 'whole', events: 5, head: { seq: 5 } })
    expect((await headsIn(files[1])).map(({ seq }) => seq)).toEqual([5])
    if (how === 'was stopped') return
    await first.check()
    expect(first.status()).toEqual(second.status())
    expect((await headsIn(files[0])).map(({ seq }) => seq)).toEqual([3])
  })

  test('a log that was found broken is broken for the next node too, which reads all of it', async () => {
    await append(5)
    const { kysely } = database()
    await (await open()).close()
    const [before] = await kysely.selectFrom('audit_events').selectAll().where('seq', '=', 2).execute()
    await kysely.updateTable('audit_events').set({ reason: 'x' }).where('seq', '=', 2).execute()
    nowMs += DAY_MS + 1
    const first = await open()
    const second = await open({ to: join(folder, 'next.jsonl') })
    expect([first.status(), second.status()]).toMatchObject([
      { state: 'broken', broken_at: 2 },
      { state: 'broken', broken_at: 2 },
    ])
    await first.close()
    await second.check()
    expect(second.status()).toMatchObject({ state: 'broken', broken_at: 2 })
    await second.close()
    await kysely
      .updateTable('audit_events')
      .set({ reason: before?.reason ?? null })
      .where('seq', '=', 2)
      .execute()
    expect((await open()).status().state).toBe('whole')
  })

  test('without a key nothing is published; where the file cannot be written it is tried again', async () => {
    await append(1)
    expect((await open({ signs: false })).status()).toMatchObject({ state: 'whole', published_to: [] })
    const watch = await open({ to: join(folder, 'missing', 'heads.jsonl') })
    expect(watch.status().published_to).toEqual(['log'])
    expect(lines.join('')).toContain('could not be written to its file')
  })

  test('the last head is the last one that the key of this deployment signed', async () => {
    await append(1)
    await (await open()).close()
    const [head] = await headsIn()
    if (!head) return expect.unreachable()
    await appendHead(headFile, { ...head, seq: 9 })
    await appendHead(headFile, { ...head, deployment_id: 'forged' })
    await writeFile(headFile, 'no JSON\n{"seq":1}\n', { flag: 'a' })
    const { publicKey } = await openDeploymentKey(join(folder, 'key.pem'))
    expect(await readLastHead(headFile, publicKey)).toEqual(head)
    const other = await openDeploymentKey(join(folder, 'other.pem'))
    expect(await readLastHead(headFile, other.publicKey)).toBeUndefined()
    return undefined
  })

  test('a log made anew under another deployment id is broken: the heads of this key outside it are of the old one', async () => {
    await append(3)
    await (await open()).close()
    const { kysely } = database()
    const { deploymentId } = await readDeployment(kysely)
    try {
      await kysely.updateTable('deployment').set({ id: 'another' }).execute()
      await kysely.deleteFrom('audit_events').execute()
      await kysely
        .updateTable('audit_chain')
        .set(await chainStart('another'))
        .execute()
      await append(2)
      const watch = await open()
      await append(5)
      await watch.close()
      expect(watch.status()).toMatchObject({ state: 'broken', fault: 'head_differs' })
      expect(lines.join('')).toContain('the heads in this file are of another deployment')
      expect((await headsIn()).map(({ seq }) => seq)).toEqual([3])
    } finally {
      await kysely.updateTable('deployment').set({ id: deploymentId }).execute()
    }
  })
})

test('a node whose heads are of another deployment does not take the watch that it would not keep', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const folder = await mkdtemp(join(tmpdir(), 'countersign-foreign-'))
  const database = await openDatabase('sqlite::memory:')
  try {
    await migrate(database, NOW_MS)
    const [headFile, log, now] = [join(folder, 'heads.jsonl'), createLogger('silent'), () => NOW_MS]
    const key = await openDeploymentKey(join(folder, 'key.pem'))
    const options = { database, key, headFile, everyMs: 1e9, log, now }
    await watchAuditLog({ ...options, deploymentId: 'another' }).close()
    await database.kysely.updateTable('audit_watch').set({ holder: '', seq: null, hash: null, status: null }).execute()
    const watch = watchAuditLog({ ...options, deploymentId: (await readDeployment(database.kysely)).deploymentId })
    await watch.check()
    expect(watch.status().state).toBe('broken')
    await vi.advanceTimersByTimeAsync(10_000)
    await new Promise(setImmediate)
    const { holder } = await database.kysely.selectFrom('audit_watch').select('holder').executeTakeFirstOrThrow()
    expect(holder).toBe('')
    await watch.close()
  } finally {
    vi.useRealTimers()
    await database.close()
    await rm(folder, { recursive: true })
  }
})

test('two databases of one folder have heads of their own, by one key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-two-'))
  const log = createLogger('silent')
  const states: string[] = []
  for (const name of ['countersign.db', 'staging.db', 'countersign.db', 'staging.db']) {
    const settings = { ...DEFAULT_SETTINGS, databaseUrl: `sqlite:${join(folder, name)}` }
    const database = await openDatabase(settings.databaseUrl)
    await migrate(database, NOW_MS)
    const { deploymentId } = await readDeployment(database.kysely)
    const watch = await startAuditWatch({ settings, database, deploymentId, log, now: () => NOW_MS })
    await watch.close()
    states.push(watch.status().state)
    await database.close()
  }
  expect(states).toEqual(['whole', 'whole', 'whole', 'whole'])
  const files = (await readdir(folder)).filter((name) => !/\.db(?:-\w+)?$/.test(name))
  expect(files.sort()).toEqual(['audit-heads.jsonl', 'deployment-key.pem', 'staging.audit-heads.jsonl'])
  await rm(folder, { recursive: true })
})

test('the deployment key is made once, for its owner only, and read from then on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-key-'))
  const file = join(folder, 'made', 'key.pem')
  const opened = await Promise.all([1, 2, 3, 4].map(() => openDeploymentKey(file)))
  expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1)
  expect(new Set(opened.map(({ publicKey }) => Buffer.from(publicKey.spki).toString('hex'))).size).toBe(1)
  expect(opened[0]?.isReadableByOthers).toBe(false)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const secret = (await readFile(file, 'utf8')).split('\n')[1] ?? ''
  for (const text of [`x${secret}`, '']) {
    await writeFile(file, text)
    const fault = await openDeploymentKey(file).catch((error: Error) => error)
    expect(fault).toMatchObject({
      message: `${file} holds no private key`,
      fix: expect.stringContaining('put the key'),
    })
    expect(String(fault)).not.toContain(secret)
  }
  await rm(folder, { recursive: true })
})

test.each([
  [
    'where its file cannot be made',
    (folder: string) => join(folder, 'file', 'key.pem'),
    ['neither read nor made', 'signs no audit heads'],
  ],
  [
    'that others can read is warned of',
    (folder: string) => join(folder, 'open.pem'),
    ['the deployment key was read', 'chmod 600'],
  ],
])('a deployment key %s', async (_, place, words) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-key-'))
  await writeFile(join(folder, 'file'), 'no folder')
  await openDeploymentKey(join(folder, 'open.pem'))
  await chmod(join(folder, 'open.pem'), 0o644)
  const lines: string[] = []
  const settings = { ...DEFAULT_SETTINGS, databaseUrl: 'sqlite::memory:', deploymentKeyFile: place(folder) }
  const database = await openDatabase(settings.databaseUrl)
  await migrate(database, NOW_MS)
  const log = createLogger('info', { write: (line) => void lines.push(line) })
  const { deploymentId } = await readDeployment(database.kysely)
  await (await startAuditWatch({ settings, database, deploymentId, log, now: () => NOW_MS })).close()
  for (const word of words) expect(lines.join('')).toContain(word)
  await database.close()
  await rm(folder, { recursive: true })
})
