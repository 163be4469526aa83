import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@countersign/server'
import { openDatabase } from '../../packages/server/src/storage/database.ts'
import { migrate } from '../../packages/server/src/storage/migrate.ts'
import { eventually } from './eventually.ts'
import { type GivenKey, givenCustomer, givenKey } from './given-key.ts'
import { NO_STOCK, startServerProcess } from './server-process.ts'

/** Both planes of the server in a process of their own, and a customer. */
export interface AskedProcess {
  /** The data plane's port. */
  readonly port: number
  /** Where the control plane listens. */
  readonly url: string
  readonly customer: GivenKey
  /** Memory that the process holds, in MiB. Linux only. */
  residentMiB(): Promise<number>
  hasEnded(): boolean
  close(): Promise<void>
}

/** Starts the server as an operator does, on an empty SQLite file. */
export async function startAskedProcess(config: Config): Promise<AskedProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-asked-'))
  try {
    const databaseUrl = `sqlite:${join(folder, 'countersign.db')}`
    const database = await openDatabase(databaseUrl)
    await migrate(database, Date.now())
    const customer = await givenKey(database, await givenCustomer(database, 'Alice'))
    await database.close()
    const configFile = join(folder, 'countersign.config.json')
    await writeFile(configFile, JSON.stringify({ ...NO_STOCK, ...config }))
    const env = { COUNTERSIGN_CONFIG: configFile, COUNTERSIGN_LOG_LEVEL: 'error' }
    const server = await startServerProcess({ databaseUrl, folder, env })
    let isEnded = false
    server.ended.then(() => {
      isEnded = true
    })
    const authorizeUrl = () => /^ +authorize +(\S+) /m.exec(server.stderr())?.[1]
    await eventually(5_000, () => authorizeUrl() !== undefined)
    return {
      port: Number(new URL(authorizeUrl() ?? '').port),
      url: server.url,
      customer,
      async residentMiB() {
        const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
        return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
      },
      hasEnded: () => isEnded,
      async close() {
        server.signal('SIGTERM')
        await server.ended
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (fault) {
    await rm(folder, { recursive: true, force: true })
    throw fault
  }
}
