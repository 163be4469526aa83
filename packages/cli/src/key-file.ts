import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { inspectPem } from '@countersign/doctor'
import { CliError, usageError } from './cli-error.ts'
import type { Io } from './io.ts'
import { shellQuote } from './shell-quote.ts'

/** The most bytes of a key file that are read: a 4096-bit RSA key takes 3.3 KiB. */
const MAX_KEY_FILE_BYTES = 64 * 1024

const READABLE_BY_OTHERS = 0o044

/** The text of a private key file that only its owner can read. */
export async function readPrivateKeyFile(file: string, io: Io): Promise<string> {
  return withKeyFile(file, io, async (handle) => {
    const { mode } = await handle.stat()
    if (io.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0) {
      throw new CliError({
        code: 'key_file_readable_by_others',
        message: `${file} can be read by other users (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`,
        why: 'A private key that others can read is not private.',
        fix: `chmod 600 ${shellQuote(file)}`,
      })
    }
    return (await readBounded(handle, file)).toString('utf8')
  })
}

/** The text of a public key file. */
export async function readPublicKeyFile(file: string, io: Io): Promise<string> {
  return (await readKeyFileBytes(file, io)).toString('utf8')
}

/** The bytes of a key file, whatever they hold. */
export async function readKeyFileBytes(file: string, io: Io): Promise<Buffer> {
  return withKeyFile(file, io, (handle) => readBounded(handle, file))
}

/** A path, unless it is a key that was given instead of its file. The error does not repeat the key. */
export function checkKeyFilePath(file: string, option: string): string {
  if (!isKeyText(file)) return file
  throw usageError(
    `${option} takes the path of a file, not a key`,
    'save the key in a file that only you can read, and give its path',
    'A command line is seen by other programs and kept in the history of the shell.',
  )
}

/** Whether a value is the text of a key and not a path: a PEM or a JSON Web Key. */
function isKeyText(value: string): boolean {
  return /BEGIN [A-Z0-9 ]*KEY/.test(value) || /^\s*["']?\{|"d"\s*:/.test(value)
}

/**
 * At least as long as the smallest key, 32 bytes, in base64 or hexadecimal, also with a folder before it. Some long
 * paths are this long too.
 */
const KEY_CHARACTERS = /[A-Za-z0-9+/_=\s-]{43,}$/

/** Whether a path that names no readable file may be a key itself. Then no error may repeat it. */
export async function looksLikeKey(value: string): Promise<boolean> {
  if (isKeyText(value) || KEY_CHARACTERS.test(value)) return true
  const { isPrivate, publicKey } = await inspectPem(value)
  return isPrivate && publicKey !== undefined
}

async function withKeyFile<Read>(file: string, io: Io, read: (handle: FileHandle) => Promise<Read>): Promise<Read> {
  let handle: FileHandle
  try {
    handle = await open(resolve(io.cwd, file))
  } catch (error) {
    if (await looksLikeKey(file)) throw keyForPath()
    throw unreadable(file, error)
  }
  try {
    return await read(handle)
  } finally {
    await handle.close()
  }
}

async function readBounded(handle: FileHandle, file: string): Promise<Buffer> {
  const buffer = Buffer.alloc(MAX_KEY_FILE_BYTES + 1)
  let size = 0
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, size, buffer.length - size, null)
      if (bytesRead === 0) break
      size += bytesRead
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  if (size > MAX_KEY_FILE_BYTES) {
    throw new CliError({
      code: 'no_key_file',
      message: `${file} is too large for a key`,
      fix: 'name the file of the key',
    })
  }
  return buffer.subarray(0, size)
}

/** The error for a key instead of a path. It does not repeat the value. */
export function keyForPath(): CliError {
  return new CliError({
    code: 'key_file_unreadable',
    message: 'the path of the key cannot be read as a file: it looks like a key itself',
    why: 'A command line is seen by other programs and kept in the history of the shell.',
    fix: 'save the key in a file that only you can read, and give its path',
  })
}

function unreadable(file: string, error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return new CliError({
    code: 'key_file_unreadable',
    message: `${file} cannot be read: ${REASONS[code] ?? code}`,
    fix: 'check the path of the key file',
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}
