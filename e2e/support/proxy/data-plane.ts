import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createLogger, DEFAULT_SETTINGS, type Settings, startServer } from '@countersign/server'
import { type Database, openDatabase } from '../../../packages/server/src/storage/database.ts'
import { freshDatabase } from '../../../packages/server/test/fresh-database.ts'
import { accessHeaders, type KeyHolder } from '../key-holder.ts'
import type { Dialect } from '../running-server.ts'

/** A server of this test's own with both planes, and a connection to its database beside it. */
export interface BothPlanes {
  /** The control plane's. */
  readonly port: number
  readonly authorizePort: number
  readonly databaseUrl: string
  readonly database: Database
  close(): Promise<void>
}

/** Starts the control plane in this thread, and the data plane in as many as the settings say. */
export async function startBothPlanes(dialect: Dialect, settings: Partial<Settings>): Promise<BothPlanes> {
  const fresh = await freshDatabase(dialect)
  try {
    const whole = { ...DEFAULT_SETTINGS, logLevel: 'silent' as const, ...settings, port: 0, authorizePort: 0 }
    const server = await startServer({ ...whole, databaseUrl: fresh.url }, createLogger('silent'))
    const database = await openDatabase(fresh.url)
    return {
      port: Number(new URL(server.url).port),
      authorizePort: Number(new URL(server.authorizeUrl ?? '').port),
      databaseUrl: fresh.url,
      database,
      async close() {
        await server.close()
        await database.close()
        await fresh.remove()
      },
    }
  } catch (error) {
    await fresh.remove()
    throw error
  }
}

/** What a proxy asks about. */
export interface Asked {
  readonly method: string
  readonly target: string
  /** Signs it now; absent where `headers` hold a signature. */
  readonly as?: KeyHolder
  readonly headers?: Readonly<Record<string, string>>
}

/** A decision as nginx gets it: the status and the code that a client would see. */
export interface Decided {
  readonly status: number
  readonly code: string | undefined
  readonly details: string | undefined
}

/** One connection to the data plane, kept between questions: with several threads, connections spread over them. */
export interface Asking {
  ask(asked: Asked): Promise<Decided>
  close(): void
}

/** Opens a connection that asks as nginx does, at its first question. */
export function askAsNginx(port: number): Asking {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    ask: ({ method, target, as, headers }) =>
      new Promise((resolve, reject) => {
        const sent = request({
          agent,
          host: '127.0.0.1',
          port,
          path: '/authorize',
          headers: {
            ...(as && accessHeaders(as, method, target)),
            ...headers,
            'X-Original-Method': method,
            'X-Original-URI': target,
            'X-Original-Host': 'api.example',
          },
        })
        sent.on('error', reject)
        sent.on('response', (response) => {
          const status = Number(response.headers['x-countersign-status'] ?? response.statusCode)
          text(response).then((body) => {
            const { error } = body === '' ? { error: undefined } : JSON.parse(body)
            resolve({ status, code: error?.code, details: error?.details })
          }, reject)
        })
        sent.end()
      }),
    close: () => agent.destroy(),
  }
}
