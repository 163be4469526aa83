import { canonicalJson, type Json } from './canonical-json.ts'
import { encodeUtf8 } from './encoding.ts'
import { digestOf } from './ready-key.ts'

/** The content of an event's hash: its place, the hash before it, and all other fields. */
export interface UnchainedEvent {
  /** 1, 2, 3, … */
  readonly seq: number
  /** The hash of the event before it, or of the chain's start. */
  readonly previous_hash: string
  readonly [field: string]: Json | undefined
}

/** An event of the audit log as it is exported. */
export interface ChainedEvent extends UnchainedEvent {
  /** SHA-256 over all other fields, base64url. */
  readonly hash: string
}

/** The end of a chain: its last event and that event's hash. */
export interface ChainPosition {
  readonly seq: number
  readonly hash: string
}

/** Why an event does not follow from the one before it. */
export type ChainFault = 'events_missing' | 'wrong_previous_hash' | 'wrong_hash'

/** The hash at the start of a deployment's chain, before its first event. */
export async function chainStart(deploymentId: string): Promise<ChainPosition> {
  return { seq: 0, hash: await digestOf(encodeUtf8(`countersign/audit_start/v1\n${deploymentId}`)) }
}

/** The hash of an event: SHA-256 of a line that names its purpose and its canonical JSON, base64url. */
export function hashEvent(event: UnchainedEvent): Promise<string> {
  return digestOf(encodeUtf8(`${EVENT_PURPOSE}${canonicalJson(event)}`))
}

const EVENT_PURPOSE = 'countersign/audit_event/v1\n'

/**
 * The text that `hashEvent` hashes, for an event whose place is not known yet. A database that knows the place computes
 * the hash: SHA-256 of `before`, the previous hash, `between`, the sequence number and `after`.
 *
 * @param event all fields but `seq`, `previous_hash` and `hash`
 */
export function auditHashParts(event: { readonly [field: string]: Json | undefined }): AuditHashParts {
  const fields = (isMeant: (name: string) => boolean) =>
    canonicalJson(Object.fromEntries(Object.entries(event).filter(([name]) => isMeant(name)))).slice(1, -1)
  const first = fields((name) => name < 'previous_hash')
  const middle = fields((name) => name > 'previous_hash' && name < 'seq')
  const last = fields((name) => name > 'seq')
  return {
    before: `${EVENT_PURPOSE}{${first && `${first},`}"previous_hash":"`,
    between: `",${middle && `${middle},`}"seq":`,
    after: `${last && `,${last}`}}`,
  }
}

/** The text of an event around its previous hash and its sequence number. */
export interface AuditHashParts {
  readonly before: string
  readonly between: string
  readonly after: string
}

/**
 * Whether an event follows from the event before it, unchanged.
 *
 * @param before the position before it; if its hash is unknown, any previous hash counts
 */
export async function checkEvent(
  event: ChainedEvent,
  before: { readonly seq: number; readonly hash?: string },
): Promise<ChainFault | undefined> {
  const { hash, ...unchained } = event
  if (event.seq !== before.seq + 1) return 'events_missing'
  if (before.hash !== undefined && event.previous_hash !== before.hash) return 'wrong_previous_hash'
  return hash === (await hashEvent(unchained as UnchainedEvent)) ? undefined : 'wrong_hash'
}
