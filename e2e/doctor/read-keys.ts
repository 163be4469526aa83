import { spawn } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOOLKITS = fileURLToPath(new URL('toolkits', import.meta.url))
const GOCACHE = fileURLToPath(new URL('../../node_modules/.cache/go-build', import.meta.url))
const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: tmpdir(), GOCACHE, GO111MODULE: 'off' }

/** The programs that read key files, one process for all files, and the Debian package of each. */
export const KEY_READERS = {
  openssl: { command: ['sh', join(TOOLKITS, 'read-keys.sh')], program: 'openssl', package: 'openssl' },
  python: { command: ['python3', join(TOOLKITS, 'read_keys.py')], program: 'python3', package: 'python3-cryptography' },
  go: { command: ['go', 'run', join(TOOLKITS, 'read_keys.go')], program: 'go', package: 'golang-go' },
  java: {
    command: ['java', '-XX:TieredStopAtLevel=1', join(TOOLKITS, 'ReadKeys.java')],
    program: 'java',
    package: 'default-jdk-headless',
  },
} as const

/** A key file and the public key that every toolkit must find in it (SubjectPublicKeyInfo, base64). */
export interface KeyToRead {
  readonly content: string | Uint8Array
  readonly spki: string
  /** Which one it is, for a failure. */
  readonly name: string
}

/** The names of those that a toolkit does not read as the key that they are, each with the toolkit. */
export async function findUnread(keys: readonly KeyToRead[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const [i, { content }] of keys.entries()) {
    const file = join(folder, `${i}.pem`)
    await writeFile(file, content, { mode: 0o600 })
    files.push(file)
  }
  const readers: Readonly<Record<string, () => Promise<string[]>>> = {
    node: () => Promise.all(files.map(readByNode)),
    ...Object.fromEntries(Object.entries(KEY_READERS).map(([name, { command }]) => [name, () => run(command, files)])),
  }
  const unread: string[] = []
  for (const [reader, read] of Object.entries(readers)) {
    const found = await read()
    for (const [i, { spki, name }] of keys.entries()) {
      if (found[i] !== spki && found[i] !== 'read') unread.push(`${reader}: ${name}`)
    }
  }
  return unread
}

async function readByNode(file: string): Promise<string> {
  try {
    const text = await readFile(file)
    const key = text.includes('PUBLIC KEY') ? createPublicKey(text) : createPublicKey(createPrivateKey(text))
    return key.export({ type: 'spki', format: 'der' }).toString('base64')
  } catch {
    return '-'
  }
}

/** One line of output for each line of input. */
function run([program, ...args]: readonly [string, ...string[]], files: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(output.split('\n'))
      else reject(new Error(`${program} ended with ${code}`))
    })
    child.stdin.end(files.map((file) => `${file}\n`).join(''))
  })
}
