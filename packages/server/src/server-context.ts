import type { AuditChain } from '@countersign/api'
import type { BucketSize, Decision, Gate, GateRequest, KeyRecord } from '@countersign/gate'
import type { MaybePromise } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { WokenHolder } from './actions/cascade-step.ts'
import type { ActionContext } from './actions/context.ts'
import type { ConnectionLimit } from './http/connection-limit.ts'
import type { KeyChangeLog } from './keys/key-change-log.ts'
import type { LimitsReached } from './observe/limits-reached.ts'
import type { RefusalMemory } from './refusals/refusal-memory.ts'
import type { RememberedRefusal } from './refusals/remembered-refusal.ts'
import type { ServerNonces } from './sessions/server-nonce.ts'
import type { ThreadReport } from './threads/thread-table.ts'

/** What the routes of a running server work with. */
export interface ServerContext extends ActionContext {
  readonly gate: Gate
  readonly log: Logger
  /** Called for each request that was refused for a limit which is neither a token bucket nor of connections. */
  readonly limits: LimitsReached
  /** Bounds the connections of the control plane. */
  readonly connections: ConnectionLimit
  /** A key as it is in the database at this moment. */
  readonly readKey: (keyId: string) => Promise<KeyRecord | undefined | 'unavailable'>
  /** The last changes that this process's key feed read. */
  readonly keyChanges: KeyChangeLog
  /** Called for every decision of the gate. */
  readonly decided: (decision: Decision, seconds: number, request: GateRequest) => void
  /** Called for every refusal of the gate. */
  readonly refused: RefusalMemory['refused']
  /**
   * A key's last refusals on all nodes; without a key, those that do not prove their sender; newest first. Those of
   * another node are a second late.
   */
  readonly collectRefusals: (keyId?: string) => Promise<readonly RememberedRefusal[]>
  /** When this process started, in Unix milliseconds. */
  readonly startedAtMs: number
  /** Since when refusals are kept, in Unix milliseconds. */
  readonly refusalsSinceMs: () => Promise<number>
  /** How many tokens a bucket of an account's tier holds now; `undefined` if this is not known now. */
  readonly tokensIn: (accountId: string, bucket: string, size: BucketSize) => MaybePromise<number | undefined>
  /** The result of the last check of the audit log. */
  readonly auditChain: () => AuditChain
  /** The metrics of all threads of the process, in Prometheus' text format. */
  readonly collectMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /** The threads of this process, the main one first. */
  readonly threads: () => readonly ThreadReport[]
  /** Why the database cannot be read or written now; `undefined` if it can. Never rejects. */
  readonly databaseFault: () => Promise<unknown>
  /** The nonces of sessions. */
  readonly nonces: ServerNonces
  /** Continues revocations with cascade after their answers. */
  readonly cascades: WokenHolder
}
