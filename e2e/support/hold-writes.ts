import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** Keeps every change of keys waiting, as another process with a long transaction would, until released. */
export async function holdWrites(databaseUrl: string): Promise<{ release(): Promise<void> }> {
  if (databaseUrl.startsWith('sqlite:')) {
    const file = new DatabaseSync(databaseUrl.slice('sqlite:'.length), { timeout: 10_000 })
    file.exec('begin immediate')
    return { release: async () => file.close() }
  }
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query('lock table counters in exclusive mode')
  return { release: () => client.end() }
}
