import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The SQLite file cannot be used; the message names it, `fix` says what to do. */
export class DatabaseFileError extends Error {
  override readonly name = 'DatabaseFileError'
  readonly fix: string

  constructor(message: string, fix: string, cause: unknown) {
    super(message, { cause })
    this.fix = fix
  }
}

/** A fault of opening or migrating the SQLite file at this path, with an explanation; unchanged if there is none. */
export function explainSqliteFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || path === ':memory:') return error
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  const sqliteCode = code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined
  const told = (message: string, fix: string) => new DatabaseFileError(`${path} ${message}`, fix, error)
  if (code === 'ENOSPC' || sqliteCode === FULL || (sqliteCode === IO_ERROR && isDiskFull(path))) {
    return told('cannot be written: its disk is full', 'free space on that disk, then start again')
  }
  if (isFolder(path)) return told('is a folder', 'name a file in it: sqlite:FOLDER/countersign.db')
  if (code === 'ENOTDIR' || code === 'EEXIST') return told('leads through a file', 'name a file in a folder')
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    sqliteCode === READ_ONLY ||
    sqliteCode === CANNOT_OPEN
  ) {
    return told(
      'cannot be opened for writing',
      'run as the user whom the file and its folder belong to, or name another file',
    )
  }
  if (sqliteCode === NO_DATABASE) return told('is no SQLite database', 'name another file; this one was left as it is')
  if (sqliteCode === CORRUPT) return told('is damaged', 'put a backup in its place')
  if (sqliteCode === IO_ERROR) return told('cannot be read or written (disk I/O error)', 'check that disk')
  return error
}

const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NO_DATABASE = 26

/** Less than a page and its journal fit: SQLite then fails at shared memory and reports only an I/O error. */
const LITTLE_BYTES = 256 * 1024

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < LITTLE_BYTES
  } catch {
    return false
  }
}
