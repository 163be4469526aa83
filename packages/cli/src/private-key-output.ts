import { type FileHandle, open, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CliError } from './cli-error.ts'
import { shellQuote } from './shell-quote.ts'

/** An empty file that waits for a private key. */
export interface PrivateKeyOutput {
  /** Absolute path. */
  readonly path: string
  /** Writes the key and waits until it is on the disk. */
  save(pem: string): Promise<void>
  /** Removes the file, because no key came. */
  discard(): Promise<void>
}

/**
 * Makes the file of a private key before the key exists: no key is made without a place to store it. Mode 0600. An
 * existing file is never overwritten.
 *
 * @throws CliError
 */
export async function reservePrivateKeyOutput(file: string, cwd: string): Promise<PrivateKeyOutput> {
  const path = resolve(cwd, file)
  const handle = await openNew(file, path)
  return {
    path,
    async save(pem) {
      await handle.writeFile(pem)
      await handle.sync()
      await handle.close()
    },
    async discard() {
      await handle.close()
      await unlink(path)
    },
  }
}

async function openNew(file: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const reason = REASONS[code]?.(file) ?? otherwise(file, code)
    throw new CliError({ code: 'private_key_output', ...reason })
  }
}

const REASONS: Readonly<Record<string, (file: string) => { message: string; fix: string }>> = {
  EEXIST: (file) => ({
    message: `${file} exists`,
    fix: 'choose another name; a private key is never overwritten',
  }),
  ENOENT: (file) => ({
    message: `${file} cannot be made: its folder does not exist`,
    fix: `mkdir -p ${shellQuote(dirname(file))}`,
  }),
}

function otherwise(file: string, code: string): { message: string; fix: string } {
  return { message: `${file} cannot be made (${code})`, fix: 'choose a place that this user may write to' }
}
