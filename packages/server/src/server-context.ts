import type { AuditChain } from '@countersign/api'
import type { BucketSize, Decision, Gate, GateRequest, KeyRecord } from '@countersign/gate'
import type { Logger } from 'pino'
import type { ActionContext } from './actions/context.ts'
import type { ConnectionLimit } from './http/connection-limit.ts'
import type { KeyChangeLog } from './keys/key-change-log.ts'
import type { LimitsReached } from './observe/limits-reached.ts'
import type { RefusalMemory, RememberedRefusal } from './refusals/refusal-memory.ts'
import type { ServerNonces } from './sessions/server-nonce.ts'
import type { ThreadReport } from './threads/thread-table.ts'

/** What the routes of a running server work with. */
export interface ServerContext extends ActionContext {
  readonly gate: Gate
  readonly log: Logger
  /** Told of each request that was refused for a limit which is neither a token bucket nor of connections. */
  readonly limits: LimitsReached
  /** Bounds the connections of the control plane. */
  readonly connections: ConnectionLimit
  /** A key as it is in the database at this moment. */
  readonly readKey: (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>
  /** What the key feed of this process read last. */
  readonly keyChanges: KeyChangeLog
  /** Told of every decision of the gate. */
  readonly decided: (decision: Decision, seconds: number, request: GateRequest) => void
  /** Told of every refusal of the gate. */
  readonly refused: RefusalMemory['refused']
  /** What all threads of the process remember of a key's refusals, or where none is named of those that prove nothing; newest first. */
  readonly collectRefusals: (keyId?: string) => Promise<readonly RememberedRefusal[]>
  /** Since when refusals are remembered, in Unix milliseconds. */
  readonly startedAtMs: number
  /** How many tokens a bucket holds now, on this node. */
  readonly tokensIn: (bucket: string, size: BucketSize) => number
  /** Whether the audit log is whole, as it was last checked. */
  readonly auditChain: () => AuditChain
  /** What all threads of the process counted, in Prometheus' text format. */
  readonly collectMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /** The threads of this process, the main one first. */
  readonly threads: () => readonly ThreadReport[]
  /** What keeps the database from being read or written now; `undefined` where nothing does. Never rejects. */
  readonly databaseFault: () => Promise<unknown>
  /** The nonces that sessions sign with. */
  readonly nonces: ServerNonces
}
