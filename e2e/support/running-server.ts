import { createLogger, DEFAULT_SETTINGS, type Settings, startServer } from '@countersign/server'
import { freshDatabase } from '../../packages/server/test/fresh-database.ts'

/** The kinds of database that suites run on. */
export const DIALECTS = ['sqlite', 'postgres'] as const
export type Dialect = (typeof DIALECTS)[number]

/** A server of this test's own, listening on loopback. */
export interface TestServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string
  readonly port: number
  readonly databaseUrl: string
  /** Everything it logged so far. */
  log(): string
  /** Stops it and deletes its database. */
  close(): Promise<void>
}

/** What a test may want otherwise than the defaults. */
export interface TestServerOptions {
  readonly settings?: Partial<Settings>
  /** Leads the server to its database by another way, a proxy for one. */
  readonly route?: (databaseUrl: string) => Promise<string>
  /** The server's clock, Unix milliseconds. */
  readonly now?: () => number
}

/** Starts the real server on an empty database. */
export async function startTestServer(dialect: Dialect, options: TestServerOptions = {}): Promise<TestServer> {
  const { settings, route = async (url) => url, now } = options
  const database = await freshDatabase(dialect)
  const lines: string[] = []
  try {
    const server = await startServer(
      {
        ...DEFAULT_SETTINGS,
        port: 0,
        authorizePort: 0,
        plane: 'control',
        // Most tests ask for few key pairs. `secrets.test.ts` has the default.
        keyPairs: { ahead: 0 },
        // A machine with many suites makes an RSA key pair slowly.
        keyPairWaitMs: 60_000,
        ...settings,
        databaseUrl: await route(database.url),
      },
      createLogger(settings?.logLevel ?? 'info', { write: (line) => void lines.push(line) }),
      now,
    )
    return {
      url: server.url,
      port: Number(new URL(server.url).port),
      databaseUrl: database.url,
      log: () => lines.join(''),
      async close() {
        await server.close()
        await database.remove()
      },
    }
  } catch (fault) {
    await database.remove()
    throw fault
  }
}
