import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerProcessOptions } from '../server-process.ts'

const PROGRAM = fileURLToPath(new URL('witness.ts', import.meta.url))

/** The private keys that a server made, whether or not anybody got them. */
export interface Witness {
  /** What a server is started with to be witnessed. */
  readonly options: Required<Pick<ServerProcessOptions, 'nodeOptions' | 'env'>>
  /** PEM texts, so far. */
  keys(): string[]
  remove(): Promise<void>
}

/** A witness whose notes are outside of everything that is searched. */
export async function makeWitness(env: Readonly<Record<string, string>> = {}): Promise<Witness> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-witness-'))
  const file = join(folder, 'keys')
  return {
    options: { nodeOptions: ['--import', PROGRAM], env: { WITNESS_FILE: file, ...env } },
    keys() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
      return lines.slice(0, -1).map((line) => JSON.parse(line))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
