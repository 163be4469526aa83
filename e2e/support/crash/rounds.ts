import { setTimeout as sleep } from 'node:timers/promises'
import { bootstrap } from '@countersign/server'
import { connectTo } from '../connection.ts'
import { eventually } from '../eventually.ts'
import { type Bootstrapped, keyHolder } from '../key-holder.ts'
import type { OwnPostgres } from '../own-postgres.ts'
import { createRandom, type Random } from '../random.ts'
import { type ServerProcess, spawnServer, startServerProcess } from '../server-process.ts'
import { generateAndDelete } from './client.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { deleteHeld, verifyAfterCrash } from './verify.ts'

/** What a run of rounds showed. */
export interface CrashReport {
  readonly seed: number
  readonly rounds: number
  /** Changes that were acknowledged, under load. */
  readonly acknowledged: number
  /** Requests under way at a crash. */
  readonly lostAnswers: number
  readonly losses: readonly string[]
  readonly damage: readonly string[]
}

/** What crashes, and what has to happen before the round's outcome can be read. */
export interface Crash {
  /** Ends what crashes, at once. */
  strike(server: ServerProcess): void | Promise<void>
  /** Brings it back; resolves with a server that answers. */
  recover(server: ServerProcess, random: Random): Promise<ServerProcess>
}

/** How many rounds to run, and on what. */
export interface CrashRun {
  readonly rounds: number
  readonly databaseUrl: string
  readonly crash: Crash
}

const CLIENTS = 8
/** Keys that a client may hold at a crash are six: with those kept from earlier rounds, an account stays below its 100. */
const KEPT_AT_MOST = 24
const LONGEST_LOAD_MS = 600
const MOST_CHANGES = 60

/**
 * Rounds of: eight clients generate and delete keys, something is killed at a random moment and comes back, everything
 * that was acknowledged is compared with what is there. Half the moments are random times after the first acknowledgement; the
 * other half come right upon a random one, where a change that is not yet durable would be lost.
 */
export async function runCrashRounds({ rounds, databaseUrl, crash }: CrashRun): Promise<CrashReport> {
  const random = createRandom()
  const accounts = [await makeAccount(databaseUrl, 'crash one'), await makeAccount(databaseUrl, 'crash two')]
  const ledger = createLedger()
  const losses: string[] = []
  const damage: string[] = []
  await leaveCompileCache(databaseUrl)
  let server = await startServerProcess({ databaseUrl })
  try {
    for (let round = 1; round <= rounds; round++) {
      await loadUntilCrash({ round, server, accounts, ledger, random, crash })
      server = await crash.recover(server, random)
      const connection = connectTo(server.url)
      try {
        const verdict = await verifyAfterCrash(connection, databaseUrl, accounts, ledger)
        losses.push(...verdict.losses.map((text) => `round ${round}: ${text}`))
        damage.push(...verdict.damage.map((text) => `round ${round}: ${text}`))
        await deleteHeld(connection, accounts, ledger, KEPT_AT_MOST)
      } finally {
        connection.close()
      }
    }
  } catch (fault) {
    const end = await Promise.race([server.ended, sleep(1_000, 'not yet')])
    const said = `${server.stdout()}\n${server.stderr()}`.slice(-20_000)
    throw new Error(`seed ${random.seed}; the server ended: ${JSON.stringify(end)}; it said:\n${said}`, {
      cause: fault,
    })
  } finally {
    server.kill()
    await server.ended
  }
  const { acknowledged, lostAnswers } = ledger
  return { seed: random.seed, rounds, acknowledged, lostAnswers, losses, damage }
}

/** One line with the figures of a run. */
export function describeCrashReport(name: string, report: CrashReport): string {
  const { seed, rounds, acknowledged, lostAnswers, losses, damage } = report
  return (
    `${name}: ${rounds} rounds, ${acknowledged} acknowledged changes, ${lostAnswers} lost answers, ` +
    `${losses.length} losses, ${damage.length} damaged (seed ${seed})`
  )
}

/** The server process is killed, and started again on what it left. */
export function serverCrash(databaseUrl: string): Crash {
  return {
    strike: (server) => server.kill(),
    async recover(server, random) {
      await server.ended
      // Coming back is a moment to die in as well.
      if (random.fraction() < 0.2) {
        const interrupted = spawnServer({ databaseUrl })
        await sleep(random.between(0, 800))
        interrupted.kill()
        await interrupted.ended
      }
      return startServerProcess({ databaseUrl })
    },
  }
}

/** An account with room for the load. Its key is RSA, whose signatures differ even within one millisecond. */
async function makeAccount(databaseUrl: string, accountName: string): Promise<Bootstrapped> {
  const { account, apiKey } = await bootstrap({ databaseUrl, accountName, tier: 'prestige', keyType: 'rsa' })
  return { ...keyHolder(apiKey.apiKeyId, apiKey.privateKey), accountId: account.id, pem: apiKey.privateKey }
}

/** Only an orderly stop writes what was compiled, and no round has one. */
async function leaveCompileCache(databaseUrl: string): Promise<void> {
  const server = await startServerProcess({ databaseUrl })
  server.signal('SIGTERM')
  await server.ended
}

/** PostgreSQL is killed and comes back; the server runs on, and works again without being told. */
export function databaseCrash(postgres: OwnPostgres): Crash {
  let crashed = Promise.resolve()
  return {
    strike: () => {
      crashed = postgres.crash()
      return crashed
    },
    async recover(server) {
      await crashed
      await postgres.recover()
      const probe = connectTo(server.url)
      await eventually(10_000, async () => (await probe.send({ method: 'GET', target: '/readyz' })).status === 200)
      probe.close()
      return server
    },
  }
}

interface Round {
  readonly round: number
  readonly server: ServerProcess
  readonly accounts: readonly Bootstrapped[]
  readonly ledger: Ledger
  readonly random: Random
  readonly crash: Crash
}

async function loadUntilCrash({ round, server, accounts, ledger, random, crash }: Round): Promise<void> {
  let over = false
  const struck: (void | Promise<void>)[] = []
  const strike = () => {
    if (over) return
    over = true
    struck.push(crash.strike(server))
  }
  const isTimed = random.fraction() < 0.5
  const afterMs = random.between(1, LONGEST_LOAD_MS)
  let changesLeft = isTimed ? 1 : random.between(1, MOST_CHANGES)
  const onAcknowledged = () => {
    changesLeft--
    if (changesLeft !== 0) return
    if (isTimed) void sleep(afterMs).then(strike)
    else strike()
  }

  const connections = Array.from({ length: CLIENTS }, () => connectTo(server.url))
  const clients = connections.map((connection, index) =>
    generateAndDelete({
      label: `r${round}-c${index}`,
      account: random.pick(accounts),
      connection,
      ledger,
      // One each: which client's request comes first is no part of the seed.
      random: createRandom(random.between(0, 2 ** 31 - 1)),
      over: () => over,
      onAcknowledged,
    }),
  )
  try {
    await Promise.all(clients)
  } finally {
    strike()
    await Promise.all(struck)
    for (const connection of connections) connection.close()
  }
}
