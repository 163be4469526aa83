import { resolve } from 'node:path'

/** Where the database is, read from its URL. */
export type DatabaseAddress =
  | { dialect: 'sqlite'; path: string; location: string }
  | { dialect: 'postgres'; url: string; location: string }

/**
 * The database URL is malformed or of an unsupported kind. The message never repeats the URL, because it may hold a
 * password.
 */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError'
  readonly code = 'ERR_DATABASE_URL'

  constructor(problem: string) {
    super(`${problem}. Allowed: sqlite:PATH (a file), sqlite::memory:, postgres://USER:PASSWORD@HOST:PORT/DATABASE`)
  }
}

/**
 * Reads a database URL: `sqlite:PATH` (relative to the working folder), `sqlite::memory:`, `postgres://…` or `postgresql://…`.
 *
 * @throws {DatabaseUrlError} when it is none of these.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (/^sqlite:/i.test(url)) return sqliteAddress(url.slice('sqlite:'.length))
  if (/^postgres(?:ql)?:\/\//i.test(url)) return postgresAddress(url)
  throw new DatabaseUrlError('The database URL is of no supported kind')
}

function sqliteAddress(path: string): DatabaseAddress {
  if (path === ':memory:') return { dialect: 'sqlite', path, location: path }
  if (path === '') throw new DatabaseUrlError('The database URL names no SQLite file')
  if (path.includes('\0')) throw new DatabaseUrlError('The database URL holds a NUL character')
  // Toolkits disagree whether sqlite:///x is /x or ./x, so neither is guessed.
  if (path.startsWith('//')) throw new DatabaseUrlError('The database URL has slashes after "sqlite:" that are no path')
  const absolute = resolve(path)
  return { dialect: 'sqlite', path: absolute, location: absolute }
}

function postgresAddress(url: string): DatabaseAddress {
  const parsed = URL.parse(url)
  if (!parsed || !isDecodable(parsed) || hasRawPassword(url, parsed)) {
    throw new DatabaseUrlError(
      'The PostgreSQL URL is malformed (special characters in user or password must be percent-encoded: @ as %40, # as %23, / as %2F)',
    )
  }
  parsed.password = ''
  for (const name of [...parsed.searchParams.keys()]) {
    if (/pass/i.test(name)) parsed.searchParams.delete(name)
  }
  return { dialect: 'postgres', url, location: parsed.href }
}

/**
 * Whether a second @, a #, or an @ behind the host belongs to a password that is not encoded. A part of it would be
 * read as the host.
 */
function hasRawPassword(url: string, { pathname, search }: URL): boolean {
  return url.includes('#') || url.split('@').length > 2 || (pathname + search).includes('@')
}

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname)
    return true
  } catch {
    return false
  }
}
