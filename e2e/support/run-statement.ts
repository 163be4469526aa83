import { DatabaseSync } from 'node:sqlite'
import { runOnPostgres } from '../../packages/server/test/fresh-database.ts'

/** Runs one statement on a database behind the server's back. */
export async function runStatement(databaseUrl: string, statement: string): Promise<void> {
  if (!databaseUrl.startsWith('sqlite:')) return runOnPostgres(databaseUrl, statement)
  const file = new DatabaseSync(databaseUrl.slice('sqlite:'.length), { timeout: 5_000 })
  try {
    file.exec(statement)
  } finally {
    file.close()
  }
}
