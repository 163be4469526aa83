import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError, usageError } from './cli-error.ts'
import type { Io } from './io.ts'

/** The body that `--data` names: a text, `@FILE`, or `-` for standard input. */
export async function readData(data: string, method: string, io: Io): Promise<Buffer<ArrayBuffer>> {
  if (method === 'GET' || method === 'HEAD') throw usageError(`${method} takes no body`, 'leave out --data')
  if (data.startsWith('@')) return readDataFile(data.slice(1), io)
  return Buffer.from(data === '-' ? await io.stdin.read() : data)
}

async function readDataFile(file: string, io: Io): Promise<Buffer<ArrayBuffer>> {
  try {
    return Buffer.from(await readFile(resolve(io.cwd, file)))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CliError({
      code: 'data_unreadable',
      message: `${file} cannot be read (${code})`,
      fix: 'check the path after @',
    })
  }
}
