/** A program: brings the database at the URL it is given up to date, and prints what it found as JSON. */
import { createRequire } from 'node:module'
import { openDatabase } from '../src/storage/database.ts'
import { readDeployment } from '../src/storage/deployment.ts'
import { migrate } from '../src/storage/migrate.ts'

const database = await openDatabase(process.argv[2] ?? '')
const applied = await migrate(database, Date.now())
const { deploymentId } = await readDeployment(database.kysely)
await database.close()

const loaded = Object.keys(createRequire(import.meta.url).cache)
process.stdout.write(
  JSON.stringify({ applied, deploymentId, loadedPg: loaded.some((path) => /[\\/]pg[\\/]/.test(path)) }),
)
