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
  return digestOf(encodeUtf8(`countersign/audit_event/v1\n${canonicalJson(event)}`))
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
