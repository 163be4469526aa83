/**
 * Whether a fault means that the database itself is damaged, or is not a database of ours: its file was overwritten or
 * cut off, or its tables are missing. Waiting does not help.
 */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (code === 'ERR_SQLITE_ERROR') {
    return SQLITE_DAMAGE.has(Number(errcode) & 0xff) || error.message.startsWith('no such table')
  }
  return POSTGRES_DAMAGE.has(code)
}

/** SQLITE_CORRUPT, NOTADB (primary codes) */
const SQLITE_DAMAGE: ReadonlySet<number> = new Set([11, 26])

/** undefined_table, invalid_catalog_name, data_corrupted, index_corrupted */
const POSTGRES_DAMAGE: ReadonlySet<unknown> = new Set(['42P01', '3D000', 'XX001', 'XX002'])
