import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { codeSample, type Language } from '@countersign/doctor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenPair } from '../message-signatures/support/message-world.ts'
import { requireTool } from '../support/require-tool.ts'
import { startWorld, type World } from '../support/world.ts'

const run = promisify(execFile)
const GOCACHE = fileURLToPath(new URL('../../node_modules/.cache/go-build', import.meta.url))
const SLOW_MS = 300_000

const LANGUAGES: Readonly<
  Record<Language, readonly [file: string, command: readonly string[], tool: string, from: string]>
> = {
  shell: ['signed.sh', ['sh'], 'curl', 'curl'],
  typescript: ['signed.ts', [process.execPath], 'sh', 'dash'],
  python: ['signed.py', ['python3'], 'python3', 'python3-cryptography'],
  go: ['signed.go', ['go', 'run'], 'go', 'golang-go'],
  java: ['Signed.java', ['java', '-XX:TieredStopAtLevel=1'], 'java', 'default-jdk-headless'],
}

let world: World
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-samples-'))
  world = await startWorld('sqlite')
})
afterAll(async () => {
  await world?.close()
  await rm(folder, { recursive: true, force: true })
})

// The two that are compiled take a second and more for each: what differs between the types of key is one line in them.
const CASES: readonly (readonly [Language, 'rsa' | 'ed25519'])[] = [
  ...(['shell', 'typescript', 'python'] as const).flatMap((name) => [
    [name, 'rsa'] as const,
    [name, 'ed25519'] as const,
  ]),
  ['go', 'rsa'],
  ['java', 'rsa'],
]

test.for(CASES)(
  '%s, %s: what the doctor shows is accepted',
  { timeout: SLOW_MS },
  async ([language, keyType], context) => {
    const [file, command, tool, from] = LANGUAGES[language]
    requireTool(context, tool, from)
    const pair =
      keyType === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
    const { keyId } = await givenPair(world.database, world.alice.accountId, pair.privateKey)
    const keyFile = join(folder, `${language} ${keyType}.pem`)
    await writeFile(keyFile, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
    const url = `${world.server.url}/trade-api/v2/api_keys?limit=5&cursor=it%27s`
    const source = codeSample(language, { keyType, keyId, keyFile, method: 'GET', url, headerPrefix: 'kalshi' })
    await writeFile(join(folder, file), source)
    const [program = '', ...args] = command
    const env = {
      PATH: process.env.PATH,
      LC_ALL: 'C.UTF-8',
      HOME: tmpdir(),
      CGO_ENABLED: '0',
      GO111MODULE: 'off',
      GOCACHE,
    }
    const { stdout } = await run(program, [...args, file], { cwd: folder, env })
    expect(stdout.trim()).toBe('200')
  },
)
