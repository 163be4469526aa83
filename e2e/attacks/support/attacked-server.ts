import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@countersign/server'
import { insertApiKey } from '../../../packages/server/src/storage/change-api-keys.ts'
import { type Database, openDatabase } from '../../../packages/server/src/storage/database.ts'
import { migrate } from '../../../packages/server/src/storage/migrate.ts'
import { inTransaction } from '../../../packages/server/src/storage/transaction.ts'
import { givenAccount, makeApiKey } from '../../../packages/server/test/records.ts'
import { eventually } from '../../support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../../support/given-key.ts'
import { readMetric } from '../../support/read-metric.ts'
import { NO_STOCK, startServerProcess } from '../../support/server-process.ts'
import { IS_FULL } from './length.ts'

/** Both planes in a process of their own, one who attacks, and one who does not. */
export interface AttackedServer {
  /** The control plane's port. */
  readonly port: number
  /** The data plane's port. */
  readonly authorizePort: number
  /** A key with `read` and `write` of an account in the default tier. */
  readonly attacker: GivenKey
  /** A key of another account, whose buckets no test empties. */
  readonly honest: GivenKey
  /** One of the server's metrics over all threads, by the labels that it must have. */
  metric(name: string, ...labels: string[]): Promise<number>
  /** Takes the id of a key of the honest account that is still to be revoked. */
  nextKeyToRevoke(): string
  /** Memory that the process holds, in MiB. Linux only. */
  residentMiB(): Promise<number>
  /** The log so far. */
  log(): string
  hasEnded(): boolean
  close(): Promise<void>
}

/** What an attack needs otherwise than a server as it is. */
export interface AttackedServerOptions {
  readonly config?: Config
  readonly env?: Readonly<Record<string, string>>
  /** The usage tier of the attacker's account; the default tier where absent. */
  readonly attackerTier?: string
  /** The database, which is empty; a SQLite file where absent. */
  readonly databaseUrl?: string
  /** Leads the server to its database by another way, a proxy for one. */
  readonly route?: (databaseUrl: string) => string
  /** Starts the server below such a limit of open files. */
  readonly openFiles?: number
  /** Puts into the database what the attacker has done before. */
  readonly seed?: (database: Database, attacker: GivenKey) => Promise<void>
}

/** The address of the proxy that the server trusts; everybody honest comes from there. */
const PROXY = '127.0.0.1'

/** An address of the same machine that the server does not trust: strangers come from there (Linux only). */
export const STRANGER = '127.0.0.2'

/** Keys that an honest caller can revoke during a test, alone and beside the attack. */
const KEYS_TO_REVOKE = IS_FULL ? 6_000 : 600

/** Starts the server as an operator does, on a SQLite file. */
export async function startAttackedServer(options: AttackedServerOptions = {}): Promise<AttackedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-attacked-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const { databaseUrl = `sqlite:${join(folder, 'countersign.db')}`, route = (url: string) => url } = options
    const keys = await seed(databaseUrl, options)
    const configFile = join(folder, 'countersign.config.json')
    await writeFile(configFile, JSON.stringify({ trustedProxies: [PROXY], ...NO_STOCK, ...options.config }))
    const env = { COUNTERSIGN_CONFIG: configFile, COUNTERSIGN_LOG_LEVEL: 'warn', ...options.env }
    const server = await startServerProcess({
      databaseUrl: route(databaseUrl),
      folder,
      env,
      ...below(options.openFiles),
    })
    let isEnded = false
    server.ended.then(() => {
      isEnded = true
    })
    const authorizeUrl = () => /^ +authorize +(\S+) /m.exec(server.stderr())?.[1]
    await eventually(5_000, () => authorizeUrl() !== undefined)
    const port = Number(new URL(server.url).port)
    return {
      ...keys,
      port,
      metric: (name, ...labels) => readMetric(port, name, labels),
      authorizePort: Number(new URL(authorizeUrl() ?? '').port),
      nextKeyToRevoke() {
        const keyId = keys.toRevoke.pop()
        if (keyId === undefined) throw new Error('the honest caller has revoked all keys that it was given')
        return keyId
      },
      async residentMiB() {
        const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
        return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
      },
      log: server.stdout,
      hasEnded: () => isEnded,
      async close() {
        server.signal('SIGTERM')
        await server.ended
        await remove()
      },
    }
  } catch (fault) {
    await remove()
    throw fault
  }
}

async function seed(databaseUrl: string, options: AttackedServerOptions) {
  const database = await openDatabase(databaseUrl)
  try {
    await migrate(database, Date.now())
    const { accountId } = await givenAccount(database, { name: 'Mallory', tier: options.attackerTier ?? 'basic' })
    const attacker = await givenKey(database, accountId, { name: 'mallory' })
    const honestAccount = await givenCustomer(database, 'Alice')
    const honest = await givenKey(database, honestAccount, { name: 'alice' })
    const keys = Array.from({ length: KEYS_TO_REVOKE }, (_, i) => makeApiKey(honestAccount, { name: `old-${i}` }))
    await inTransaction(database, async (trx) => {
      for (const key of keys) await insertApiKey(trx, key)
    })
    const toRevoke = keys.map(({ apiKeyId }) => apiKeyId)
    await options.seed?.(database, attacker)
    return { attacker, honest, toRevoke }
  } finally {
    await database.close()
  }
}

function below(openFiles: number | undefined): { command?: readonly string[] } {
  if (openFiles === undefined) return {}
  const program = new URL('../../../packages/cli/bin/countersign.js', import.meta.url).pathname
  return {
    command: ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, process.execPath, program],
  }
}
