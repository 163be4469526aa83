/**
 * `npm run bench:changes`: changes a second (keys registered and deleted) over one node and over two nodes of one PostgreSQL, with and without a
 * millisecond more for each round trip to it, in turn. Read the ratios: nodes, callers and PostgreSQL share this machine.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { call } from '../e2e/support/call.ts'
import { type GivenKey, givenCustomer, givenKey, newPublicKey } from '../e2e/support/given-key.ts'
import { type ServerProcess, startServerProcess } from '../e2e/support/server-process.ts'
import { type Database, openDatabase } from '../packages/server/src/storage/database.ts'
import { migrate } from '../packages/server/src/storage/migrate.ts'
import { startSlowProxy } from './changes/slow-proxy.ts'
import { machineFacts } from './support/machine.ts'
import { interleave, median } from './support/rounds.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
const SECONDS = Number(process.env.SECONDS ?? 4)
/** Callers of each node, with an account and one call under way each. More of them use up two processors before they wait for PostgreSQL. */
const CALLERS = Number(process.env.CALLERS ?? 2)
const NODES = 2
const KEYS = '/trade-api/v2/api_keys'
const UNLIMITED = { capacity: 1_000_000, refillRate: 100_000 }

interface Node {
  readonly server: ServerProcess
  readonly port: number
  readonly callers: readonly GivenKey[]
}

console.log(machineFacts())
const folder = await mkdtemp(join(tmpdir(), 'countersign-changes-'))
const program = fileURLToPath(new URL('../packages/server/test/postgres-process.ts', import.meta.url))
const postgres = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
try {
  const direct = new URL(await firstLine())
  const proxy = await startSlowProxy(Number(direct.port))
  const url = Object.assign(new URL(direct), { port: String(proxy.port) }).href
  const database = await openDatabase(url, { maxConnections: 1 })
  await migrate(database, Date.now())
  const nodes = await Promise.all(Array.from({ length: NODES }, () => startNode(url, database)))

  for (const delayMs of [0, 1]) {
    proxy.delay(delayMs)
    console.log(`\n+${delayMs} ms, a round trip takes ${(await roundTripMs(database)).toFixed(2)} ms`)
    const measured = await interleave(ROUNDS, {
      one: () => changesPerSecond(nodes.slice(0, 1)),
      two: () => changesPerSecond(nodes),
    })
    const ratios = measured.two.map((two, round) => two / (measured.one[round] ?? Number.NaN))
    console.log(`  one node   ${median(measured.one).toFixed(1)} changes/s (${list(measured.one, 1)})`)
    console.log(`  two nodes  ${median(measured.two).toFixed(1)} changes/s (${list(measured.two, 1)})`)
    console.log(`  two / one  ${median(ratios).toFixed(2)} (${list(ratios, 2)})`)
  }
  await database.close()
  for (const { server } of nodes) {
    server.signal('SIGTERM')
    await server.ended
  }
  await proxy.close()
} finally {
  postgres.stdin?.end()
  await rm(folder, { recursive: true, force: true })
}

async function startNode(databaseUrl: string, database: Database): Promise<Node> {
  const callers: GivenKey[] = []
  for (let i = 0; i < CALLERS; i++) callers.push(await givenKey(database, await givenCustomer(database, `caller ${i}`)))
  const config = join(folder, 'countersign.config.json')
  const tiers = { prestige: { read: UNLIMITED, write: UNLIMITED } }
  const audit = { bytesPerAccountAndHour: 1e12 }
  await writeFile(config, JSON.stringify({ tiers, defaultTier: 'prestige', audit, keyPairs: { ahead: 0 } }))
  const env = {
    COUNTERSIGN_CONFIG: config,
    COUNTERSIGN_LOG_LEVEL: 'warn',
    COUNTERSIGN_SINGLE_NODE_PROMISES: 'true',
  }
  const server = await startServerProcess({ databaseUrl, folder, env })
  return { server, port: Number(new URL(server.url).port), callers }
}

/** The changes that all callers of these nodes make in a second, for some seconds. */
async function changesPerSecond(nodes: readonly Node[]): Promise<number> {
  const started = performance.now()
  const until = started + SECONDS * 1_000
  let changes = 0
  const work = async (node: Node, as: GivenKey) => {
    while (performance.now() < until) {
      const json = { name: 'bench', public_key: newPublicKey() }
      const made = await expectStatus(201, call(node, 'POST', KEYS, { as, json }))
      await expectStatus(204, call(node, 'DELETE', `${KEYS}/${JSON.parse(made).api_key_id}`, { as }))
      changes += 2
    }
  }
  await Promise.all(nodes.flatMap((node) => node.callers.map((caller) => work(node, caller))))
  return changes / ((performance.now() - started) / 1_000)
}

async function expectStatus(status: number, answer: ReturnType<typeof call>): Promise<string> {
  const { status: actual, text } = await answer
  if (actual !== status) throw new Error(`${actual} instead of ${status}: ${text}`)
  return text
}

async function roundTripMs({ kysely }: Database): Promise<number> {
  await sleep(500)
  const times: number[] = []
  for (let i = 0; i < 50; i++) {
    const startedAt = performance.now()
    await sql`select 1`.execute(kysely)
    times.push(performance.now() - startedAt)
  }
  return median(times)
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface(postgres.stdout)) return line
  throw new Error('PostgreSQL did not start')
}

function list(values: readonly number[], digits: number): string {
  return values.map((value) => value.toFixed(digits)).join(', ')
}
