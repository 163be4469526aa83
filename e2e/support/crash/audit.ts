import { createHash, createPublicKey } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** What a look into the database itself found. */
export interface Audit {
  /** Ids of the keys in it. */
  readonly keyIds: ReadonlySet<string>
  /** What is damaged or half-written; nothing in a sound database. */
  readonly problems: readonly string[]
}

type Row = Readonly<Record<string, unknown>>
type Query = (sql: string) => Promise<readonly Row[]>

/** Looks whether a database is whole, past everything of ours that reads or writes it. */
export async function auditDatabase(url: string): Promise<Audit> {
  return url.startsWith('sqlite:') ? auditSqlite(url.slice('sqlite:'.length)) : auditPostgres(url)
}

async function auditSqlite(path: string): Promise<Audit> {
  const file = new DatabaseSync(path)
  try {
    const query: Query = async (sql) => file.prepare(sql).all()
    const integrity = await query('pragma integrity_check')
    const orphans = await query('pragma foreign_key_check')
    const problems = [
      ...integrity.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok'),
      ...orphans.map((row) => `foreign key: ${JSON.stringify(row)}`),
    ]
    return await auditRows(query, problems)
  } finally {
    file.close()
  }
}

async function auditPostgres(url: string): Promise<Audit> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const query: Query = async (sql) => (await client.query<Row>(sql)).rows
    await query('create extension if not exists amcheck')
    // Throws where an index and its table disagree.
    await query(`select bt_index_check(c.oid, true) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where c.relkind = 'i' and n.nspname = 'public'`)
    const orphans = await query('select id from api_keys where account_id not in (select id from accounts)')
    return await auditRows(
      query,
      orphans.map((row) => `key ${row.id} has no account`),
    )
  } finally {
    await client.end()
  }
}

async function auditRows(query: Query, found: readonly string[]): Promise<Audit> {
  const keys = await query('select * from api_keys')
  const changes = await query('select * from key_changes order by seq')
  const [counter] = await query("select value from counters where name = 'key_changes'")
  const keyIds = new Set(keys.map((row) => String(row.id)))
  return { keyIds, problems: [...found, ...keys.flatMap(rowProblems), ...feedProblems(changes, counter, keyIds)] }
}

function rowProblems(row: Row): string[] {
  const spki = Buffer.from(row.public_key as Uint8Array)
  const problems: string[] = []
  if (createHash('sha256').update(spki).digest('base64url') !== row.fingerprint) {
    problems.push(`the fingerprint of ${row.id} is not of its public key`)
  }
  try {
    const { asymmetricKeyType } = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    if (asymmetricKeyType !== row.key_type) problems.push(`${row.id} is ${asymmetricKeyType}, not ${row.key_type}`)
  } catch {
    problems.push(`the public key of ${row.id} is damaged`)
  }
  if (row.scopes !== '["read","write"]') problems.push(`the scopes of ${row.id} are ${row.scopes}`)
  if (row.state !== 'active') problems.push(`the state of ${row.id} is ${row.state}`)
  return problems
}

/** Every key was added by one change and deleted by a second one; whatever else is in the feed is half of something. */
function feedProblems(changes: readonly Row[], counter: Row | undefined, keyIds: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const changesOf = new Map<string, number>()
  let last = 0
  for (const { seq, api_key_id: id } of changes) {
    if (Number(seq) !== last + 1) problems.push(`change ${last} of the feed is followed by ${seq}`)
    last = Number(seq)
    changesOf.set(String(id), (changesOf.get(String(id)) ?? 0) + 1)
  }
  if (Number(counter?.value) !== last) problems.push(`the counter is ${counter?.value} after change ${last}`)
  for (const [id, count] of changesOf) {
    if (count !== (keyIds.has(id) ? 1 : 2)) {
      problems.push(`key ${id} is ${keyIds.has(id) ? 'there' : 'gone'} after ${count} changes`)
    }
  }
  for (const id of keyIds) if (!changesOf.has(id)) problems.push(`key ${id} came without a change`)
  return problems
}
