import type { Generated } from 'kysely'

/** The tables as Kysely sees them; the columns' types and constraints are in `migrations/`. Times are Unix milliseconds. */
export interface Schema {
  deployment: DeploymentTable
  accounts: AccountsTable
  api_keys: ApiKeysTable
  deleted_api_keys: DeletedApiKeysTable
  burned_fingerprints: BurnedFingerprintsTable
  barred_fingerprints: BarredFingerprintsTable
  rotations: RotationsTable
  idempotency: IdempotencyTable
  key_changes: KeyChangesTable
  counters: CountersTable
  links: LinksTable
  cascades: CascadesTable
  cascade_keys: CascadeKeysTable
  audit_events: AuditEventsTable
  audit_chain: AuditChainTable
  audit_watch: AuditWatchTable
  usage: UsageTable
  usage_reporters: UsageReportersTable
  refusals: RefusalsTable
  usage_top: UsageTopTable
  nodes: NodesTable
}

/** The algorithm family of a public key. */
export type KeyType = 'rsa' | 'ed25519'

/** What a key may do now: `disabled` can be undone, `revoked` is final. Expiry is a time, not a state. */
export type ApiKeyState = 'active' | 'disabled' | 'revoked'

/** One row, made by the first migration. */
export interface DeploymentTable {
  /** UUID v4; part of every signed statement. */
  id: string
  /** Unix milliseconds. */
  created_at: number
  /** 32 bytes, base64url: the secret of the sessions' nonces. */
  nonce_secret: string
  /** Fingerprint of the deployment key's public key; null = no node has made or read one yet. */
  key_fingerprint: Generated<string | null>
  /** Unix milliseconds since when refusals are kept. */
  refusals_since: Generated<number>
}

/** The provider's customers. */
export interface AccountsTable {
  /** UUID v4. */
  id: string
  /** Shown to people; not unique. */
  name: string
  /** The provider's own id of this customer; unique where given. */
  external_id: string | null
  /** Name of the usage tier, from the configuration. */
  tier: string
  /** Unix milliseconds since when no key of the account works; null = it is not suspended. */
  suspended_at: number | null
  /** 1 = its keys may hold the scope `admin`, and it is no customer. */
  is_operator: 0 | 1
  /** JSON object of texts, for the provider; null = none. */
  metadata: string | null
  /** The hour, counted from 1970, in which its keys last wrote to the audit log. */
  audit_hour: Generated<number>
  /** What they wrote in that hour, in bytes. */
  audit_bytes: Generated<number>
  /** Unix milliseconds. */
  created_at: number
}

/** Public keys that may sign for an account. No private key is ever stored. */
export interface ApiKeysTable {
  /** UUID v4: `api_key_id`. */
  id: string
  /** Sessions belong to signed-in browsers. They are not listed or counted with the keys. */
  kind: Generated<ApiKeyKind>
  account_id: string
  /** Shown to people; not unique. */
  name: string
  key_type: KeyType
  /** SPKI, DER. */
  public_key: Uint8Array
  /** SHA-256 of `public_key`, base64url; unique in the account. */
  fingerprint: string
  /** JSON array of scope names. */
  scopes: string
  /** 0 to 63; null = not bound to a sub-account. */
  subaccount: number | null
  state: ApiKeyState
  /** Why it was revoked; null unless revoked. */
  revoked_reason: string | null
  /** Unix milliseconds; from then on it does not work; null = never expires. */
  expires_at: number | null
  /** JSON array of CIDR ranges; null = any address. */
  ip_allowlist: string | null
  /** Name of the weakest profile it accepts; null = any. */
  minimum_profile: string | null
  /** The key of its account that made it; kept when that key is deleted. Null = made by an operator. */
  parent_key_id: string | null
  /** JSON `{"capacity", "refillPerSecond"}`: a token bucket beside its account's; null = none. */
  bucket: string | null
  /** The key whose bucket it shares, because that key made it or was replaced by it; null = its own bucket. */
  bucket_owner_id: string | null
  /** JSON object of texts; null = none. */
  metadata: string | null
  /** The operator's key that made it; null = its account did, or it was made on the database. */
  operator_key_id: string | null
  /** Unix milliseconds; null unless disabled. */
  disabled_at: number | null
  /** Set if an operator disabled it: then only an operator enables it. Null unless disabled. */
  disabled_by: 'holder' | 'operator' | null
  /** Unix milliseconds; null unless revoked. */
  revoked_at: number | null
  /** An operator's addition to the reason; null = nothing. */
  revoked_note: string | null
  /** Unix milliseconds of its last allowed request, at most a minute late; null = never used. */
  last_used_at: number | null
  /** The address that request came from. */
  last_used_ip: string | null
  /** Unix milliseconds. */
  created_at: number
}

/** What is kept of a deleted key: its maker, and that its public key was registered here. */
export interface DeletedApiKeysTable {
  /** UUID v4. */
  id: string
  account_id: string
  fingerprint: string
  parent_key_id: string | null
  operator_key_id: string | null
  /** Unix milliseconds. */
  deleted_at: number
}

/** Public keys whose holder proved that they must never be used again, in any account. */
export interface BurnedFingerprintsTable {
  fingerprint: string
  reason: string
  /** Unix milliseconds. */
  burned_at: number
}

/** Public keys that were revoked as compromised without such a proof: barred in their own account. */
export interface BarredFingerprintsTable {
  account_id: string
  fingerprint: string
  /** Unix milliseconds. */
  barred_at: number
}

/** Replacements of one key by another. The old key's `expires_at` is the deadline meanwhile. */
export interface RotationsTable {
  /** UUID v4. */
  id: string
  account_id: string
  old_key_id: string
  new_key_id: string
  /** Unix milliseconds. */
  started_at: number
  /** Unix milliseconds; from then on the old key is refused. */
  deadline: number
  /** The old key's own `expires_at`, for an abort. */
  old_expires_at: number | null
  /** Unix milliseconds; null = open until the deadline, and finished after it. */
  ended_at: number | null
  outcome: 'finished' | 'aborted' | null
}

/** What a call with an Idempotency-Key has made, kept for a day. */
export interface IdempotencyTable {
  /** The key that signed the call. */
  key_id: string
  idempotency_key: string
  /** SHA-256 of operation and body, base64url. */
  request_digest: string
  /** The id of what it made. */
  made_id: string
  /** Unix milliseconds. */
  created_at: number
}

/** The kinds of rows of `api_keys`. */
export type ApiKeyKind = 'api_key' | 'session'

/** Changes, for every process with cached keys. */
export interface KeyChangesTable {
  /** 1, 2, 3, … in commit order, without holes. */
  seq: number
  account_id: string
  /** Null = every key of the account. */
  api_key_id: string | null
  /** Unix milliseconds. */
  changed_at: number
}

/** Counters that only grow. A transaction that takes a number locks the row until it has committed. */
export interface CountersTable {
  name: string
  /** The last number given out; 0 = none yet. */
  value: number
}

/** The changes and their actors: written in the transaction of the change, and never changed or deleted. */
export interface AuditEventsTable {
  /** 1, 2, 3, … in commit order, without holes. */
  seq: number
  /** Unix milliseconds. */
  at: number
  /** What happened: `key.created`. */
  action: string
  /** What proved the actor: see `AuditActor`. */
  actor_type: string
  actor_account_id: string | null
  actor_key_id: string | null
  actor_ip: string | null
  /** The changed account, or the account of the changed key; null = neither. */
  account_id: string | null
  api_key_id: string | null
  /** Canonical JSON of what was changed, as it was before; null = nothing was there. */
  before_change: string | null
  /** The same as it is now; null = nothing is there. */
  after_change: string | null
  reason: string | null
  /** Hash of the event before it, base64url. */
  previous_hash: string
  /** Hash of this event, base64url. */
  hash: string
}

/** One row: how far the chain of audit events goes. */
export interface AuditChainTable {
  id: number
  seq: number
  /** Hash of the event `seq`, or of the chain's start if there is none yet. */
  hash: string
}

/** One row: the node that reads the audit log and signs its heads, and how far it has read. */
export interface AuditWatchTable {
  id: number
  /** UUID of the node's watch; empty = none yet. */
  holder: string
  /** 1 = the holder signs heads. */
  signs: 0 | 1
  /** Unix milliseconds by the database's clock; from then on another node may take the watch. */
  held_until: number
  /** Unix milliseconds; when the last reading from the start of the log began. */
  read_from_start_at: number
  /** The last event that was read and is right; null = the log must be read from its start. */
  seq: number | null
  hash: string | null
  /** JSON of an `AuditChain`: what the holder last found. */
  status: string | null
}

/** Counts of decisions in a time, for a key, an account, or a code. Each decision counts in all steps. */
export interface UsageTable {
  /** `code` counts every decision; the others count those whose signature verified. */
  subject: 'key' | 'account' | 'code'
  /** The id of the key or account; the name of the refusal, or `allowed`. */
  id: string
  /** The length of the step in seconds: a minute, an hour or a day (UTC). */
  step_s: number
  /** Its start: Unix milliseconds. */
  at: number
  allowed: number
  refused: number
  /** Refused for an empty token bucket. */
  limited: number
  /** Answered with 500 or above. */
  fault: number
}

/** The keys and accounts with the most decisions of each step of time. */
export interface UsageTopTable {
  subject: 'key' | 'account'
  /** The length of the step in seconds. */
  step_s: number
  /** Its start: Unix milliseconds. */
  at: number
  id: string
  /** All its decisions in the step. */
  total: number
}

/** The last batch of counts of each reporter, so that a batch counts once. */
export interface UsageReportersTable {
  id: string
  sequence: number
  /** Unix milliseconds. */
  at: number
}

/** The last refused requests, written behind the answers. */
export interface RefusalsTable {
  /** The key whose holder provably sent the request; empty = nothing proves the sender. */
  key_id: string
  /** Unix milliseconds. */
  at: number
  /** UUID v4. */
  id: string
  /** JSON object: the rest of a `RememberedRefusal`. */
  body: string
}

/** Single-use links by which browsers sign in. */
export interface LinksTable {
  /** UUID v4. */
  id: string
  /** The hash of the code in the link, base64url. */
  code_sha256: string
  account_id: string
  /** JSON array of scope names. */
  scopes: string
  /** The operator's key that made it; null = it was made on the database. */
  created_by: string | null
  /** Unix milliseconds. */
  created_at: number
  /** Unix milliseconds. */
  expires_at: number
  /** Unix milliseconds; null = it was not used. */
  used_at: number | null
  /** The session that it was used for. */
  session_id: string | null
}

/** The processes of the server that run now. All times are by the database's clock. */
export interface NodesTable {
  /** UUID v4, new at each start. */
  id: string
  /** Shown to people; not unique. */
  host_name: string
  /** Names the machine, its start and its space of process ids: only there `process_id` can be looked for. */
  machine: string
  /** The process on that machine, and its start. */
  process_id: string
  /** Which planes it runs. */
  planes: 'both' | 'control' | 'data'
  version: string
  /** Where its claims and token buckets are: `memory`, `redis` (not yet known which), or `redis:` and an id. */
  admission: string
  /** Unix milliseconds. */
  joined_at: number
  /** Unix milliseconds of its last sign of life. */
  beat_at: number
}

/** Revocations that go on until all keys of a lineage are revoked: see `Cascade`. */
export interface CascadesTable {
  /** UUID v4. */
  id: string
  root_key_id: string
  root_account_id: string
  /** Null = the keys of all accounts are revoked. */
  only_account_id: string | null
  /** JSON of the `AuditActor` that began it. */
  actor: string
  reason: string
  note: string | null
  /** Unix milliseconds. */
  started_at: number
  /** Unix milliseconds; null = it runs. */
  finished_at: number | null
  /** Keys of the lineage; null = not counted yet. */
  total: number | null
  revoked: number
  /** The place in `cascade_keys` up to which all keys are revoked, or need not be. */
  passed: number
  /** The last place in `cascade_keys`. */
  found: number
  /** The place up to which the keys' own keys were all found. */
  expanded: number
  /** How far those of the next key were found. */
  expanded_to: string | null
  /** The process that works on it. */
  holder: string | null
  /** Unix milliseconds: from then on another process may. */
  held_until: number
}

/** The keys that a running cascade found, in its order. */
export interface CascadeKeysTable {
  cascade_id: string
  /** 1 is the root. */
  place: number
  key_id: string
}
