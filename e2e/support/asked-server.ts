import { randomUUID } from 'node:crypto'
import { createLogger, DEFAULT_SETTINGS, type Settings, startServer } from '@countersign/server'
import type { ThreadLife } from '../../packages/server/src/authorize/data-plane.ts'
import { type Database, openDatabase } from '../../packages/server/src/storage/database.ts'
import { freshDatabase } from '../../packages/server/test/fresh-database.ts'
import { type GivenKey, givenCustomer, givenKey } from './given-key.ts'
import type { KeyHolder } from './key-holder.ts'
import { askAuthorize, type Question, type Said } from './question.ts'
import { readMetric } from './read-metric.ts'
import type { Dialect } from './running-server.ts'

/** Both planes of the real server in this process, a customer, and a way to ask as nginx does. */
export interface AskedServer {
  /** The control plane's port. */
  readonly port: number
  readonly authorizePort: number
  /** Another connection to the server's database, past every proxy. */
  readonly database: Database
  readonly customer: GivenKey
  ask(question: Question): Promise<Said>
  /** One of the server's metrics over all threads of the data plane, by the labels that it must have. */
  metric(name: string, ...labels: string[]): Promise<number>
  close(): Promise<void>
}

/** What a test may want otherwise than the defaults. */
export interface AskedServerOptions {
  readonly settings?: Partial<Settings>
  /** Leads the server to its database by another way, a proxy for one. */
  readonly route?: (databaseUrl: string) => Promise<string>
  /** How data-plane threads live. */
  readonly life?: ThreadLife
  /** Takes what the main thread logs; nothing by default. */
  readonly log?: ReturnType<typeof createLogger>
}

/** Starts both planes on an empty database. */
export async function startAskedServer(dialect: Dialect, options: AskedServerOptions = {}): Promise<AskedServer> {
  const { settings, route = async (url) => url, life, log = createLogger('silent') } = options
  const fresh = await freshDatabase(dialect)
  const opened: (() => Promise<unknown>)[] = [() => fresh.remove()]
  const closeAll = async () => {
    for (let close = opened.pop(); close; close = opened.pop()) await close()
  }
  try {
    const databaseUrl = await route(fresh.url)
    const server = await startServer(
      { ...DEFAULT_SETTINGS, port: 0, authorizePort: 0, logLevel: 'silent', ...settings, databaseUrl },
      log,
      Date.now,
      life,
    )
    opened.push(() => server.close())
    const database = await openDatabase(fresh.url)
    opened.push(() => database.close())
    const customer = await givenKey(database, await givenCustomer(database, 'Alice'))
    const port = portOf(server.url)
    const authorizePort = portOf(server.authorizeUrl ?? '')
    return {
      port,
      authorizePort,
      database,
      customer,
      ask: (question) => askAuthorize(authorizePort, question),
      metric: (name, ...labels) => readMetric(port, name, labels),
      close: closeAll,
    }
  } catch (fault) {
    await closeAll()
    throw fault
  }
}

/** A key id that belongs to nobody. */
export function unknownKey({ privateKey }: KeyHolder): KeyHolder {
  return { keyId: randomUUID(), privateKey }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
