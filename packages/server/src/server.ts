import { createGate, createKeyCache, type MessageSignatureOptions } from '@countersign/gate'
import { accessHeaderNames } from '@countersign/protocol'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Settings } from './config.ts'
import { followKeyChanges } from './key-feed.ts'
import { keyLoader } from './key-source.ts'
import type { ServerContext } from './server-context.ts'
import { hasAccounts } from './storage/accounts.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { readDeployment } from './storage/deployment.ts'
import { migrate } from './storage/migrate.ts'

/** A server that listens. */
export interface RunningServer {
  /** Where it listens, with the port that it got. */
  readonly url: string
  /** The database as it may be printed. */
  readonly location: string
  /** Whether no account exists yet. */
  readonly isEmpty: boolean
  /** Lets what is under way finish, then closes everything. */
  close(): Promise<void>
}

/** Starts the server: opens and migrates the database, follows key changes, listens. */
export async function startServer(
  settings: Settings,
  log: Logger,
  now: () => number = Date.now,
): Promise<RunningServer> {
  const database = await openDatabase(settings.databaseUrl)
  const feedDatabase = await openDatabase(settings.databaseUrl)
  const closed = new AbortController()
  const closeDatabases = () => Promise.all([database.close(), feedDatabase.close()])
  try {
    await migrate(database, now())
    const { context, cache } = await createContext(settings, database, log, now)
    const following = followKeyChanges({ database: feedDatabase, cache, log, now }, closed.signal)
    const app = await createApp(context)
    const isEmpty = !(await hasAccounts(database.kysely))
    const url = await app.listen({ host: settings.host, port: settings.port })
    return {
      url,
      location: database.location,
      isEmpty,
      async close() {
        await app.close()
        closed.abort()
        await following
        await closeDatabases()
      },
    }
  } catch (fault) {
    closed.abort()
    await closeDatabases()
    throw fault
  }
}

async function createContext(settings: Settings, database: Database, log: Logger, now: () => number) {
  const cache = createKeyCache({ load: keyLoader(database, log), now })
  const { deploymentId } = await readDeployment(database.kysely)
  const context: ServerContext = {
    settings,
    database,
    log,
    now,
    deploymentId,
    gate: createGate({
      keys: cache,
      windowMs: settings.windowMs,
      headerNames: accessHeaderNames(settings.headerPrefix),
      messageSignatures: messageSignatureOptions(settings),
      now,
    }),
    keyChanged: (change) => cache.apply([change]),
  }
  return { context, cache }
}

function messageSignatureOptions({ publicUrl, signatureTag }: Settings): MessageSignatureOptions {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl)
  return {
    ...(signatureTag !== null && { tag: signatureTag }),
    ...(url && { authority: url.host }),
    scheme: url?.protocol === 'https:' ? 'https' : 'http',
  }
}
