/**
 * `npm run bench:generate -- [FOLDER]`: bursts of `generate` on both databases, revocations and `/authorize` beside them. With the folder
 * of another checkout (an older state, with its packages installed) its server is measured too, in turn.
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type Answers, measure, type Phase } from './generate/burst.ts'
import { type ServedNode, startNode } from './generate/served-node.ts'
import { machineFacts } from './support/machine.ts'
import { percentile } from './support/rounds.ts'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const [THERE] = process.argv.slice(2)
const ROUNDS = Number(process.env.ROUNDS ?? 2)
const AHEAD = Number(process.env.AHEAD ?? 64)
const SECONDS = Number(process.env.SECONDS ?? 8)
const DIALECTS = (process.env.DATABASE ?? 'sqlite,postgres').split(',')
const CALLERS = 16
const BURSTS = [
  ['nothing', 'rsa', 0],
  ['RSA, as many as are ahead', 'rsa', 64],
  ['RSA 256', 'rsa', 256],
  ['Ed25519 256', 'ed25519', 256],
] as const
/** `BURST=RSA` measures only bursts whose name begins so. */
const WANTED = BURSTS.filter(([what]) => what.startsWith(process.env.BURST ?? ''))

const UNLIMITED = { capacity: 1_000_000, refillRate: 100_000 }
const CONFIG = {
  windowMs: 300_000,
  maxKeysPerAccount: 100_000,
  tiers: { prestige: { read: UNLIMITED, write: UNLIMITED } },
  defaultTier: 'prestige',
}

console.log(machineFacts())
const folder = await mkdtemp(join(tmpdir(), 'countersign-generate-'))
const program = fileURLToPath(new URL('../packages/server/test/postgres-process.ts', import.meta.url))
const postgres = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
try {
  const postgresUrl = await firstLine()
  for (const dialect of DIALECTS) {
    const nodes = new Map<string, ServedNode>()
    nodes.set('here', await start('here', dialect, postgresUrl))
    if (THERE) nodes.set('there', await start('there', dialect, postgresUrl))
    for (let round = 0; round < ROUNDS; round++) {
      for (const [what, keyType, count] of WANTED) {
        for (const [name, node] of round % 2 === 0 ? nodes : [...nodes].reverse()) {
          report(`${dialect}, ${name}, ${what}`, await measure(node, keyType, count, SECONDS))
        }
      }
    }
    await Promise.all([...nodes.values()].map((node) => node.stop()))
  }
} finally {
  postgres.stdin?.end()
  await rm(folder, { recursive: true, force: true })
}

async function start(name: 'here' | 'there', dialect: string, postgresUrl: string): Promise<ServedNode> {
  const own = join(folder, `${dialect}-${name}`)
  await mkdir(own)
  const config = join(own, 'countersign.config.json')
  const ahead = name === 'here' ? AHEAD : 0
  await writeFile(config, JSON.stringify({ ...CONFIG, ...(name === 'here' && { keyPairs: { ahead } }) }))
  const databaseUrl =
    dialect === 'sqlite' ? `sqlite:${join(own, 'countersign.db')}` : await newDatabase(postgresUrl, `bench_${name}`)
  const checkout = name === 'here' ? HERE : resolve(THERE ?? '')
  return startNode({ checkout, databaseUrl, folder: own, config, callers: CALLERS, ahead })
}

async function newDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return Object.assign(new URL(url), { pathname: name }).href
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface(postgres.stdout)) return line
  throw new Error('PostgreSQL did not start')
}

function report(what: string, { made, seconds, deleted, authorized, cpuMs }: Phase): void {
  const count = made.statuses[201] ?? 0
  const perKey = count > 0 ? `, ${(count / seconds).toFixed(1)} keys/s, ${(cpuMs / count).toFixed(0)} ms CPU a key` : ''
  console.log(`\n${what}: ${seconds.toFixed(1)} s${perKey}`)
  for (const [name, answers] of Object.entries({ generate: made, DELETE: deleted, authorize: authorized })) {
    if (answers.latenciesMs.length > 0) console.log(`  ${name.padEnd(9)} ${figures(answers)}`)
  }
}

function figures({ latenciesMs, statuses }: Answers): string {
  const at = (part: number) => percentile(latenciesMs, part).toFixed(part === 0.5 ? 1 : 0)
  const seen = Object.entries(statuses).map(([status, count]) => `${count} x ${status}`)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${seen.join(', ')})`
}
