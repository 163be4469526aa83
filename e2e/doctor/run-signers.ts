import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { nodeSigners } from './signers/signers.ts'

const run = promisify(execFile)
const SIGNERS = fileURLToPath(new URL('signers', import.meta.url))

/** What every signer is given, as variables of its environment. */
export interface SignerInput {
  /** Files with private keys, PEM in PKCS#8. */
  readonly RSA_KEY: string
  readonly ED25519_KEY: string
  /** Another key of the same account. */
  readonly SIBLING_KEY: string
  /** A key of nobody's. */
  readonly STRANGER_KEY: string
  readonly RSA_KEY_ID: string
  /** Unix milliseconds. */
  readonly TIMESTAMP: string
  readonly BASE_PATH: string
  readonly TARGET_PATH: string
  /** With its question mark. */
  readonly QUERY: string
  /** A path with percent signs. */
  readonly ENCODED_PATH: string
  readonly BODY: string
  readonly HOST: string
}

/** What a signer made of it. */
export interface Signed {
  readonly toolkit: Toolkit
  readonly name: string
  /** The true causes; none where the mistake is in no list, `correct` where there is none. */
  readonly causes: readonly string[] | 'correct'
  readonly keyType: 'rsa' | 'ed25519'
  readonly request: 'GET' | 'QUERY' | 'POST' | 'ENCODED'
  readonly timestamp: string
  readonly signature: string
}

/** A toolkit by its program, and the Debian package that brings it. */
export const TOOLKITS = {
  node: undefined,
  openssl: ['openssl', 'openssl'],
  python: ['python3', 'python3-cryptography'],
  java: ['java', 'default-jdk-headless'],
  go: ['go', 'golang-go'],
} as const

/** The name of a toolkit. */
export type Toolkit = keyof typeof TOOLKITS

const COMMANDS: Readonly<Record<Exclude<Toolkit, 'node'>, readonly [program: string, ...args: string[]]>> = {
  openssl: ['sh', join(SIGNERS, 'openssl.sh')],
  python: ['python3', join(SIGNERS, 'signers.py')],
  java: ['java', '-XX:TieredStopAtLevel=1', join(SIGNERS, 'Signers.java')],
  go: ['go', 'run', join(SIGNERS, 'signers.go')],
}

/** Runs all signers of a toolkit, in one process. */
export async function runSigners(
  toolkit: Toolkit,
  input: SignerInput,
  environment: NodeJS.ProcessEnv,
): Promise<Signed[]> {
  if (toolkit === 'node') return nodeSigners(input).map((line) => parseLine(toolkit, line))
  const [program, ...args] = COMMANDS[toolkit]
  const { stdout } = await run(program, args, { env: { ...environment, ...input } })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseLine(toolkit, line))
}

function parseLine(toolkit: Toolkit, line: string): Signed {
  const [name = '', causes = '', keyType, request, timestamp = '', signature = ''] = line.split('\t')
  if ((keyType !== 'rsa' && keyType !== 'ed25519') || !isRequest(request)) throw new Error(`${toolkit} said ${line}`)
  const listed = causes === 'none' ? [] : causes.split(',').sort()
  return { toolkit, name, causes: causes === 'correct' ? causes : listed, keyType, request, timestamp, signature }
}

function isRequest(text: string | undefined): text is Signed['request'] {
  return text === 'GET' || text === 'QUERY' || text === 'POST' || text === 'ENCODED'
}
