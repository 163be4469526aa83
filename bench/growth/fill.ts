import { hashEvent } from '@countersign/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../packages/server/src/storage/database.ts'
import { migrate } from '../../packages/server/src/storage/migrate.ts'

/** A filled database, and what the measurements need to know of it. */
export interface Filled {
  readonly keys: number
  /** Ids of keys all over the table. */
  readonly someKeys: readonly string[]
  /** The account with a hundredth of all keys, and one of its keys. */
  readonly bigAccount: string
  readonly bigKey: string
  /** An operator's key that signs; it made no others. */
  readonly operatorKey: string
  /** An operator's key that made nine tenths of the keys. */
  readonly maker: string
  /** A key that made the rest: the one whose cascade is measured. */
  readonly cascadeRoot: string
  readonly cascadeKeys: number
  /** Unix milliseconds: an hour of usage with `pruned` rows. */
  readonly prunedRows: number
}

/** Rows of one statement. */
const AT_ONCE = 50_000
const DAY = 86_400_000
const BASE = 1_700_000_000_000

/**
 * Fills a database by statements of its own: accounts of ten keys, one account with a hundredth of all keys, 3.2 rows of
 * usage and one audit event a key, in a whole chain. All keys have one public key, so that one private key signs for
 * any of them.
 */
export async function fill(database: Database, keys: number, publicKey: Uint8Array): Promise<Filled> {
  await migrate(database, BASE)
  const db = database.kysely
  const big = Math.max(10, Math.floor(keys / 100))
  const accounts = Math.max(10, Math.floor((keys - big) / 10))
  const cascadeKeys = Math.floor(keys / 10)
  const isSqlite = database.dialect === 'sqlite'
  const hex = (n: RawBuilder<unknown>) =>
    isSqlite
      ? sql`printf('%08x', (${n} * 2654435761) % 4294967296)`
      : sql`lpad(to_hex((${n}::bigint * 2654435761) % 4294967296), 8, '0')`
  const uuid = (n: RawBuilder<unknown>, kind: string) => sql`${hex(n)} || ${`-0000-4000-8000-00000000000${kind}`}`
  const numbers = (from: number, to: number) =>
    isSqlite
      ? sql`(with recursive n (i) as (select ${sql.lit(from)} union all select i + 1 from n where i < ${sql.lit(to - 1)}) select i from n) as n`
      : sql`(select i from generate_series(${sql.lit(from)}::bigint, ${sql.lit(to - 1)}) as g (i)) as n`
  const each = async (count: number, statement: (from: RawBuilder<unknown>) => RawBuilder<unknown>) => {
    for (let from = 0; from < count; from += AT_ONCE) {
      await statement(numbers(from, Math.min(count, from + AT_ONCE))).execute(db)
    }
  }
  const idOf = (n: number, kind: string) => `${hexOf(n)}-0000-4000-8000-00000000000${kind}`
  const [operators, maker, cascadeRoot, operatorKey] = [0, 1, 2, 3].map((n) => idOf(n, 'f')) as [
    string,
    string,
    string,
    string,
  ]
  const i = sql`n.i`
  const bigAccount = idOf(0, 'a')
  await each(
    accounts + 1,
    (from) => sql`insert into accounts (id, name, tier, created_at, is_operator)
      select ${uuid(i, 'a')}, 'Customer ' || n.i, 'basic', ${sql.lit(BASE)} + n.i, 0 from ${from}`,
  )
  await sql`insert into accounts (id, name, tier, created_at, is_operator)
    values (${operators}, 'Operators', 'basic', ${sql.lit(BASE)}, 1)`.execute(db)
  const columns = sql`id, account_id, name, key_type, public_key, fingerprint, scopes, state, created_at, operator_key_id`
  await each(
    keys,
    (from) => sql`insert into api_keys (${columns})
      select ${uuid(i, '1')}, case when n.i < ${sql.lit(big)} then ${sql.lit(bigAccount)}
          else ${uuid(sql`(1 + n.i % ${sql.lit(accounts)})`, 'a')} end,
        'bot ' || n.i, 'ed25519', ${publicKey}, 'fingerprint-' || n.i, '["read","write"]', 'active', ${sql.lit(BASE)} + n.i,
        case when n.i % 10 = 0 then ${sql.lit(cascadeRoot)} else ${sql.lit(maker)} end
      from ${from}`,
  )
  for (const id of [maker, cascadeRoot, operatorKey]) {
    await sql`insert into api_keys (${columns}) values (${id}, ${operators}, 'operator', 'ed25519', ${publicKey}, ${id},
      '["read","write","admin"]', 'active', ${sql.lit(BASE)}, null)`.execute(db)
  }
  const today = Math.floor(Date.now() / DAY) * DAY
  const counts = sql`n.i % 97, n.i % 3, n.i % 2, 0`
  const usageColumns = sql`subject, id, step_s, at, allowed, refused, limited, fault`
  for (const day of [1, 2]) {
    await each(
      keys,
      (from) => sql`insert into usage (${usageColumns})
        select 'key', ${uuid(i, '1')}, 86400, ${sql.lit(today - day * DAY)}, ${counts} from ${from}`,
    )
  }
  for (let hour = 0; hour < 24; hour++) {
    await each(
      Math.floor(keys / 20),
      (from) => sql`insert into usage (${usageColumns})
        select 'key', ${uuid(sql`(n.i * 20)`, '1')}, 3600, ${sql.lit(today - hour * 3_600_000)}, ${counts} from ${from}`,
    )
  }
  await each(
    accounts,
    (from) => sql`insert into usage (${usageColumns})
      select 'account', ${uuid(i, 'a')}, 86400, ${sql.lit(today - DAY)}, ${counts} from ${from}`,
  )
  await sql`insert into usage_top (subject, step_s, at, id, total)
    select subject, step_s, at, id, total from (select subject, step_s, at, id, allowed + refused + limited as total,
      row_number() over (partition by subject, step_s, at order by allowed + refused + limited desc, id) as place
      from usage) as ranked where place <= 50`.execute(db)
  // One hour of the past, which retention deletes.
  const prunedRows = 2 * keys
  await each(
    prunedRows,
    (from) => sql`insert into usage (${usageColumns})
      select 'key', ${uuid(i, '2')}, 3600, ${sql.lit(today - 400 * DAY)}, 1, 0, 0, 0 from ${from}`,
  )
  await fillAudit(database, keys, (n) => idOf(n, '1'))
  await sql`analyze`.execute(db)
  const someKeys = Array.from({ length: Math.min(24_000, keys - big) }, (_, n) =>
    idOf(big + Math.floor((n * (keys - big)) / Math.min(24_000, keys - big)), '1'),
  )
  const bigKey = idOf(1, '1')
  return { keys, someKeys, bigAccount, bigKey, operatorKey, maker, cascadeRoot, cascadeKeys, prunedRows }
}

async function fillAudit({ kysely }: Database, events: number, keyOf: (n: number) => string): Promise<void> {
  let { seq, hash } = await kysely.selectFrom('audit_chain').select(['seq', 'hash']).executeTakeFirstOrThrow()
  for (let from = 0; from < events; from += 1_000) {
    const rows = []
    for (let n = from; n < Math.min(events, from + 1_000); n++) {
      const previous = hash
      const event = {
        seq: ++seq,
        at: BASE + n,
        action: 'key.created',
        api_key_id: keyOf(n),
        after: { name: `bot ${n}` },
      }
      hash = await hashEvent({ ...event, actor: { type: 'command' }, previous_hash: previous })
      const { after, ...columns } = event
      rows.push({
        ...columns,
        actor_type: 'command',
        after_change: JSON.stringify(after),
        previous_hash: previous,
        hash,
      })
    }
    await kysely.insertInto('audit_events').values(rows).execute()
  }
  await kysely.updateTable('audit_chain').set({ seq, hash }).execute()
}

function hexOf(n: number): string {
  return Number((BigInt(n) * 2654435761n) % 4294967296n)
    .toString(16)
    .padStart(8, '0')
}
