import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@countersign/server'
import { type Database, openDatabase } from '../../../packages/server/src/storage/database.ts'
import { migrate } from '../../../packages/server/src/storage/migrate.ts'
import { givenAccount } from '../../../packages/server/test/records.ts'
import { eventually } from '../../support/eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from '../../support/given-key.ts'
import { startServerProcess } from '../../support/server-process.ts'

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
  /** Starts the server below such a limit of open files. */
  readonly openFiles?: number
  /** Puts into the database what the attacker has done before. */
  readonly seed?: (database: Database, attacker: GivenKey) => Promise<void>
}

/** The address of the proxy that the server trusts; everybody honest comes from there. */
const PROXY = '127.0.0.1'

/** An address of the same machine that the server does not trust: strangers come from there (Linux only). */
export const STRANGER = '127.0.0.2'

/** Keys that an honest caller can revoke during a test. */
const KEYS_TO_REVOKE = 400

/** Starts the server as an operator does, on a SQLite file. */
export async function startAttackedServer(options: AttackedServerOptions = {}): Promise<AttackedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-attacked-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const databaseUrl = `sqlite:${join(folder, 'countersign.db')}`
    const keys = await seed(databaseUrl, options)
    const configFile = join(folder, 'countersign.config.json')
    await writeFile(configFile, JSON.stringify({ trustedProxies: [PROXY], ...options.config }))
    const env = { COUNTERSIGN_CONFIG: configFile, COUNTERSIGN_LOG_LEVEL: 'warn', ...options.env }
    const server = await startServerProcess({ databaseUrl, folder, env, ...below(options.openFiles) })
    let isEnded = false
    server.ended.then(() => {
      isEnded = true
    })
    const authorizeUrl = () => /^ +authorize +(\S+) /m.exec(server.stderr())?.[1]
    await eventually(5_000, () => authorizeUrl() !== undefined)
    return {
      ...keys,
      port: Number(new URL(server.url).port),
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
    const { accountId } = await givenAccount(database, { name: 'Mallory', tier: 'basic' })
    const attacker = await givenKey(database, accountId, { name: 'mallory' })
    const honestAccount = await givenCustomer(database, 'Alice')
    const honest = await givenKey(database, honestAccount, { name: 'alice' })
    const toRevoke: string[] = []
    for (let i = 0; i < KEYS_TO_REVOKE; i++) {
      toRevoke.push((await givenKey(database, honestAccount, { name: `old-${i}` })).keyId)
    }
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
