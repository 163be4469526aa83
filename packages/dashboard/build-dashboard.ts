import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/** The sources of the build. A change of any of them makes a new build. */
const SOURCES = [
  'package-lock.json',
  'packages/dashboard/{index.html,*.ts,package.json}',
  'packages/{dashboard,client,api,protocol,doctor}/src/**/*.{ts,tsx,css,svg}',
]
const TESTS = /\.(?:test|fixtures)\.tsx?$/

const PUBLIC = fileURLToPath(new URL('../server/public/', import.meta.url))
/** Where the server looks for the build. */
const BUILD_FOLDER = `${PUBLIC}dashboard/`
/** The build is made here and then moved: a server that starts meanwhile sees the old build or the new one. */
const WORK_FOLDER = `${PUBLIC}dashboard.new/`
const STAMP = 'stamp'
const LOCK = `${PUBLIC}dashboard.lock`
const LOCK_IS_LEFT_AFTER_MS = 120_000

/** Builds the dashboard into the server's `public/`, unless it was built from these sources before. */
export async function buildDashboard(note: (line: string) => void = writeLine): Promise<void> {
  await withLock(async () => {
    const stamp = hashOfSources()
    if (stampOfBuild() === stamp) return
    note('Building the dashboard, a few seconds')
    await buildForProduction()
    await compressAssets()
    writeFileSync(WORK_FOLDER + STAMP, stamp)
    rmSync(BUILD_FOLDER, { recursive: true, force: true })
    renameSync(WORK_FOLDER, BUILD_FOLDER)
  })
}

/** Vite obeys NODE_ENV where it is set, and test runners set it. */
async function buildForProduction(): Promise<void> {
  const { NODE_ENV: before } = process.env
  process.env.NODE_ENV = 'production'
  try {
    await build({
      configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
      logLevel: 'warn',
      build: { outDir: WORK_FOLDER },
    })
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: REPOSITORY })).sort()) {
    if (!TESTS.test(file))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(REPOSITORY + file))
        .update('\0')
  }
  return hash.digest('hex')
}

function stampOfBuild(): string | undefined {
  try {
    return readFileSync(BUILD_FOLDER + STAMP, 'utf8')
  } catch {
    return undefined
  }
}

/** The server sends these as they are. */
async function compressAssets(): Promise<void> {
  const files = globSync('assets/*.{js,css,svg}', { cwd: WORK_FOLDER })
  await Promise.all(
    files.map(async (file) => {
      const bytes = readFileSync(WORK_FOLDER + file)
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
      writeFileSync(`${WORK_FOLDER}${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
      writeFileSync(`${WORK_FOLDER}${file}.br`, await promisify(brotliCompress)(bytes, quality))
    }),
  )
}

/** One build at a time. The second process waits, and finds the build done. */
async function withLock(work: () => Promise<void>): Promise<void> {
  mkdirSync(PUBLIC, { recursive: true })
  while (!takeLock()) await sleep(100)
  try {
    await work()
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(LOCK)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (Date.now() - since > LOCK_IS_LEFT_AFTER_MS) rmSync(LOCK, { recursive: true, force: true })
    return false
  }
}

function writeLine(line: string): void {
  process.stderr.write(`${line}\n`)
}
