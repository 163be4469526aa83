/**
 * `npm run bench:growth [-- --keys 100000 --database sqlite|postgres]`: each operator's and holder's call beside a
 * thousand keys and beside a million, on both databases. It needs 5 GB below the temporary folder for a million keys,
 * and removes them.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as calls from '@countersign/api/calls'
import { type CallApi, createCallApi, createSignedFetch } from '@countersign/client'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { sendAll } from './authorize/load.ts'
import { type Filled, fill } from './growth/fill.ts'
import { machineFacts } from './support/machine.ts'
import { median } from './support/rounds.ts'

const { values } = parseArgs({ options: { keys: { type: 'string' }, database: { type: 'string' } } })
const LARGE = Number(values.keys ?? 1_000_000)
const SMALL = 1_000
const ROUNDS = 5

/** What was measured: milliseconds, or microseconds of processor time where the name says so. */
type Figures = Map<string, { readonly value: number; readonly longestOther?: number | undefined }>

const pair = generateKeyPairSync('ed25519')
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const spki = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }))

console.log(machineFacts())
for (const dialect of ['sqlite', 'postgres'] as const) {
  if (values.database !== undefined && values.database !== dialect) continue
  const small = await measureSize(dialect, SMALL)
  const large = await measureSize(dialect, LARGE)
  console.log(
    `\n| ${dialect}: p50 | ${SMALL.toLocaleString('en')} keys | ${LARGE.toLocaleString('en')} keys | ratio | longest other call |`,
  )
  console.log('|---|---|---|---|---|')
  for (const [name, { value, longestOther }] of large) {
    const before = small.get(name)?.value
    const ratio = before === undefined ? '' : (value / before).toFixed(1)
    const other = longestOther === undefined ? '' : `${longestOther.toFixed(0)} ms`
    console.log(`| ${name} | ${before?.toFixed(1) ?? ''} | ${value.toFixed(1)} | ${ratio} | ${other} |`)
  }
}

async function measureSize(dialect: 'sqlite' | 'postgres', keys: number): Promise<Figures> {
  await using opened = new AsyncDisposableStack()
  const url = dialect === 'sqlite' ? temporaryFile(opened) : await temporaryPostgres(opened)
  const database = opened.adopt(await openDatabase(url, { statementTimeoutMs: 600_000 }), (it) => it.close())
  const begunMs = performance.now()
  const filled = await fill(database, keys, spki)
  console.error(`${dialect}: ${keys} keys filled in ${((performance.now() - begunMs) / 1000).toFixed(0)} s`)
  return await measure(url, database, filled)
}

async function measure(url: string, database: Database, filled: Filled): Promise<Figures> {
  const figures: Figures = new Map()
  const server = fork(
    fileURLToPath(new URL('growth/server.ts', import.meta.url)),
    [url, process.env.BENCH_LOG ?? 'error'],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  process.once('exit', () => server.kill('SIGKILL'))
  const {
    url: origin,
    authorizeUrl,
    startMs,
  } = await answerOf<{ url: string; authorizeUrl: string; startMs: number }>(server)
  figures.set('start until it listens', { value: startMs })
  await waitForPruning(database, filled, figures)

  const operator = await apiOf(origin, filled.operatorKey)
  const holder = await apiOf(origin, filled.bigKey)
  const port = Number(new URL(authorizeUrl).port)
  for (const [name, ids] of [
    ['hot', filled.someKeys.slice(0, Math.min(400, filled.someKeys.length / 2))],
    ['random', filled.someKeys],
  ] as const) {
    // Each hot key was read before; a random key is read at its first use.
    if (name === 'hot') await sendAll(port, ids.map(questionOf), 16)
    const requests =
      name === 'hot' ? [...ids, ...ids, ...ids, ...ids].map((id, n) => questionOf(id, n + 1)) : ids.map(questionOf)
    const before = await cpuOf(server)
    await sendAll(port, requests, 16)
    figures.set(`decision, ${name} keys: processor us`, { value: ((await cpuOf(server)) - before) / requests.length })
  }

  const page = { limit: '100' }
  const rows: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['contract list of the large account', () => holder(calls.listApiKeys)],
    ['view=full, one page of it', () => holder(calls.listApiKeys, { query: { view: 'full', ...page } })],
    ['operator: keys, a page', () => operator(calls.listAllApiKeys, { query: page })],
    [
      'operator: keys q= that matches none',
      () => operator(calls.listAllApiKeys, { query: { ...page, q: 'no such name' } }),
    ],
    [
      'operator: keys made_by= a key that made most',
      () => operator(calls.listAllApiKeys, { query: { ...page, made_by: filled.maker } }),
    ],
    ['operator: accounts, a page', () => operator(calls.listAccounts, { query: page })],
    [
      'operator: audit action= without a match',
      () => operator(calls.listAuditEvents, { query: { ...page, action: 'rotation' } }),
    ],
    [
      'key usage, a day',
      () => holder(calls.getKeyUsage, { params: { api_key: filled.bigKey }, query: { step: 'hour' } }),
    ],
    ['account usage, a day', () => holder(calls.getAccountUsage, { query: { step: 'hour' } })],
    ['operator: usage, 24 hours', () => operator(calls.getDeploymentUsage, { query: { step: 'hour' } })],
    ['operator: usage, 30 days', () => operator(calls.getDeploymentUsage, { query: { step: 'day' } })],
    ['generate Ed25519 and delete it', () => generateAndDelete(holder)],
  ]
  for (const [name, run] of rows) {
    await run()
    const other = watchOtherCalls(operator)
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) times.push(await timed(run))
    figures.set(name, { value: median(times), longestOther: await other.longest() })
  }
  await measureCascade(operator, filled, figures)
  server.send('stop')
  await once(server, 'exit')
  return figures
}

async function measureCascade(
  operator: CallApi,
  { cascadeRoot, cascadeKeys }: Filled,
  figures: Figures,
): Promise<void> {
  const key = { params: { api_key: cascadeRoot } }
  const other = watchOtherCalls(operator)
  const begunMs = performance.now()
  const body = { reason: 'key_compromise', cascade: true }
  const answer = await operator(calls.revokeAnyApiKey, { ...key, body })
  figures.set('cascade: until the answer', { value: performance.now() - begunMs })
  while (answer.cascade && (await operator(calls.getAnyCascade, key)).state !== 'finished') await sleep(100)
  figures.set(`cascade: until a tenth of the keys are revoked (${cascadeKeys})`, {
    value: performance.now() - begunMs,
    longestOther: await other.longest(),
  })
}

/** The pruner starts with the server: it must be done before anything else is measured. */
async function waitForPruning({ kysely }: Database, { prunedRows }: Filled, figures: Figures): Promise<void> {
  const begunMs = performance.now()
  const isLeft = () =>
    kysely.selectFrom('usage').select('id').where('step_s', '=', 3600).orderBy('at').limit(1).executeTakeFirst()
  const oldest = kysely.selectFrom('usage').select('at').where('step_s', '=', 3600).orderBy('at').limit(1)
  while ((await isLeft()) && ((await oldest.executeTakeFirst())?.at ?? Infinity) < Date.now() - 300 * 86_400_000)
    await sleep(50)
  figures.set(`retention: ${prunedRows} rows of one hour, s`, { value: (performance.now() - begunMs) / 1000 })
}

async function generateAndDelete(holder: CallApi): Promise<void> {
  const made = await holder(calls.generateApiKey, { body: { name: 'made', key_type: 'ed25519' } })
  await holder(calls.deleteApiKey, { params: { api_key: made.api_key_id } })
}

/** Asks something small again and again, and tells the longest answer. */
function watchOtherCalls(operator: CallApi): { longest(): Promise<number> } {
  let longest = 0
  let isDone = false
  const watching = (async () => {
    while (!isDone) {
      longest = Math.max(longest, await timed(() => operator(calls.whoAmI)))
      await sleep(5)
    }
  })()
  return {
    async longest() {
      isDone = true
      await watching
      return longest
    },
  }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await run()
  return performance.now() - begunMs
}

async function apiOf(url: string, keyId: string): Promise<CallApi> {
  return createCallApi({
    url,
    fetch: createSignedFetch({ keyId, privateKey: pem, profile: 'http-message-signatures' }),
  })
}

/** What nginx asks about a GET that this key signed. */
function questionOf(keyId: string, number = 0): Buffer {
  const at = `${Date.now() - (number % 1_000)}`
  const path = '/trade-api/v2/portfolio/orders'
  const signature = sign(null, Buffer.from(`${at}GET${path}`), pair.privateKey).toString('base64')
  const lines = [
    'GET /authorize HTTP/1.1',
    'Host: countersign',
    'X-Original-Method: GET',
    `X-Original-URI: ${path}`,
    'X-Original-Host: api.example.com',
    'X-Forwarded-For: 203.0.113.7',
    `KALSHI-ACCESS-KEY: ${keyId}`,
    `KALSHI-ACCESS-TIMESTAMP: ${at}`,
    `KALSHI-ACCESS-SIGNATURE: ${signature}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

async function cpuOf(server: ChildProcess): Promise<number> {
  server.send('cpu')
  const { user, system } = await answerOf<NodeJS.CpuUsage>(server)
  return user + system
}

async function answerOf<Answer>(server: ChildProcess): Promise<Answer> {
  const ended = once(server, 'exit').then(() => {
    throw new Error('the server of the benchmark ended')
  })
  const [answer] = await Promise.race([once(server, 'message'), ended])
  return answer as Answer
}

function temporaryFile(opened: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-growth-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  return `sqlite:${join(folder, 'countersign.db')}`
}

async function temporaryPostgres(opened: AsyncDisposableStack): Promise<string> {
  const program = fileURLToPath(new URL('../packages/server/test/postgres-process.ts', import.meta.url))
  const postgres = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  opened.defer(async () => {
    postgres.stdin.end()
    await once(postgres, 'exit')
  })
  for await (const line of createInterface(postgres.stdout)) return line
  throw new Error('PostgreSQL did not start')
}
