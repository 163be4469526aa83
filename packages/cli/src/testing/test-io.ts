import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Io } from '../io.ts'
import { run } from '../run.ts'

/** What a run did, as its user saw it. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Questions that were asked. */
  readonly asked: string[]
}

/** How a test's machine differs: a pipe, a UTF-8 locale, nobody to ask. */
export interface TestIo extends Partial<Omit<Io, 'stdin' | 'stdout' | 'stderr'>> {
  readonly stdin?: string
  /** Standard input, output and error are a terminal. */
  readonly terminal?: boolean
  readonly columns?: number
  /** What a person answers, in order. */
  readonly answers?: readonly (string | boolean | undefined)[]
}

/** A folder of its own for one test. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a command line in a folder and collects what it wrote. */
export async function runIn(folder: string, argv: readonly string[], options: TestIo = {}): Promise<Outcome> {
  const { stdin = '', terminal = false, columns = 100, answers = [], env, ...others } = options
  const written = { stdout: '', stderr: '' }
  const asked: string[] = []
  const left = [...answers]
  const sink = (name: keyof typeof written) => ({
    isTTY: terminal,
    columns,
    write: (text: string | Uint8Array) => {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8')
    },
  })
  const code = await run(argv, {
    env: { LANG: 'en_US.UTF-8', NO_COLOR: '1', ...env },
    cwd: folder,
    home: folder,
    platform: process.platform,
    stdin: { isTTY: terminal, read: async () => stdin },
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    fetch: globalThis.fetch,
    now: Date.now,
    interrupted: new AbortController().signal,
    confirm: async (question) => {
      asked.push(question)
      return left.shift() === true
    },
    ask: async (question) => {
      asked.push(question)
      const answer = left.shift()
      return typeof answer === 'string' ? answer : undefined
    },
    loadServer: () => Promise.reject(new Error('this test has no server package')),
    baseFolder: folder,
    ...others,
  })
  return { code, ...written, asked }
}
