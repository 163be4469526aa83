import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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

/** What a witnessed server does. */
export interface WitnessOptions {
  /** How many RSA key pairs it makes ahead. */
  readonly ahead: number
  /** Whether each key pair is followed by an error that nobody catches, in its thread. */
  readonly throws?: boolean
}

/** A witness whose notes are outside of everything that is searched. */
export async function makeWitness({ ahead, throws = false }: WitnessOptions): Promise<Witness> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-witness-'))
  const file = join(folder, 'keys')
  const config = join(folder, 'countersign.config.json')
  await writeFile(config, JSON.stringify({ keyPairs: { ahead } }))
  const env = { WITNESS_FILE: file, WITNESS_THROW: throws ? 'yes' : '', COUNTERSIGN_CONFIG: config }
  return {
    options: { nodeOptions: ['--import', PROGRAM], env },
    keys() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
      return lines.slice(0, -1).map((line) => JSON.parse(line))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
