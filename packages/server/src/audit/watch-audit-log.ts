import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AuditChain } from '@countersign/api'
import {
  type AuditHead,
  type ChainFault,
  type ChainPosition,
  chainStart,
  checkEvent,
  signAuditHead,
} from '@countersign/protocol'
import type { Logger } from 'pino'
import { readAuditChain } from '../storage/audit-events.ts'
import type { Database } from '../storage/database.ts'
import type { DeploymentKey } from './deployment-key.ts'
import { appendHead, readLastHead } from './head-file.ts'

/** Checks the audit log while the server runs, and publishes heads. */
export interface AuditWatch {
  readonly status: () => AuditChain
  /** Checks new events, and publishes a head if there are any. A timer usually does this. */
  check(): Promise<void>
  /** Checks and publishes a last time, and ends. */
  close(): Promise<void>
}

/** Options of a watch. */
export interface AuditWatchOptions {
  readonly database: Pick<Database, 'kysely'>
  readonly deploymentId: string
  /** Signs heads; without it none are published. */
  readonly key: DeploymentKey | undefined
  /** Stores heads, in addition to the server's log. */
  readonly headFile: string | undefined
  /** Between two checks, in milliseconds. */
  readonly everyMs: number
  readonly log: Logger
  readonly now: () => number
}

/** The state of a log that has not been read yet. */
export const NOT_CHECKED: AuditChain = { state: 'unchecked', events: 0, published_to: [] }

const EVENTS_AT_ONCE = 500
/** After this time the whole log is read again, because it may have been changed since. */
const RECHECK_MS = 86_400_000

/** Reads the whole log and then what is added. Signs a head whenever the log has grown. */
export function watchAuditLog(options: AuditWatchOptions): AuditWatch {
  const { database, deploymentId, key, headFile, everyMs, log, now } = options
  let status: AuditChain = NOT_CHECKED
  let published: AuditHead | undefined
  let isStarted = false
  let isClosed = false
  let begunAt = now()
  let position: ChainPosition | undefined
  let checking: Promise<void> = Promise.resolve()

  async function start(): Promise<void> {
    if (isStarted) return
    published = headFile === undefined || !key ? undefined : await readLastHead(headFile, key.publicKey)
    if (published) status = { ...status, head: published, published_to: ['file'] }
    isStarted = true
  }

  /** A database with a changed deployment id has a whole chain of its own. Only the heads outside show the change. */
  function isOfOtherDeployment(head: AuditHead | undefined): boolean {
    if (!head || head.deployment_id === deploymentId) return false
    log.error(
      { file: headFile, head: head.deployment_id, database: deploymentId },
      'the heads in this file are of another deployment: put its database back, or move the file away where you began a new one',
    )
    return true
  }

  /** Reads on from the end of the last check. Returns whether it reached the end of the log. */
  async function readNewEvents(): Promise<boolean> {
    for (;;) {
      const at = position ?? (await chainStart(deploymentId))
      // It starts at the last event that was read, so that it notices a cut-off log.
      const events = await readAuditChain(database.kysely, Math.max(0, at.seq - 1), EVENTS_AT_ONCE)
      const last = at.seq === 0 ? at : events.shift()
      if (last?.seq !== at.seq || last.hash !== at.hash) return broken(at.seq, 'head_differs')
      position = at
      if (published?.seq === at.seq && published.hash !== at.hash) return broken(at.seq, 'head_differs')
      for (const event of events) {
        const fault = await checkEvent(event, position)
        if (fault) return broken(event.seq, fault)
        position = event
        if (published?.seq === event.seq && published.hash !== event.hash) return broken(event.seq, 'head_differs')
      }
      if (events.length < EVENTS_AT_ONCE - 1) return true
      if (isClosed) return false
      await nextTurn()
    }
  }

  function broken(at: number, fault: ChainFault | 'head_differs'): false {
    status = { ...status, state: 'broken', checked_at: now(), broken_at: at, fault }
    log.error({ event: at, fault }, 'the audit log is broken: see countersign audit verify')
    return false
  }

  async function publish(at: ChainPosition, nowMs: number): Promise<void> {
    if (!key) return
    const head = await signAuditHead(deploymentId, at, nowMs, key)
    // As text: the log's redaction would remove the signature from an object.
    log.info({ audit_head: JSON.stringify(head) }, 'audit head')
    const to = ['log']
    if (headFile !== undefined) {
      try {
        await appendHead(headFile, head)
        to.push('file')
      } catch (fault) {
        log.error({ err: fault }, 'the audit head could not be written to its file')
      }
    }
    published = head
    status = { ...status, head, published_to: to }
  }

  async function round(): Promise<void> {
    if (status.state === 'broken') return
    try {
      await start()
      if (isOfOtherDeployment(published)) {
        broken(0, 'head_differs')
        return
      }
      const nowMs = now()
      if (nowMs - begunAt > RECHECK_MS) {
        begunAt = nowMs
        position = undefined
      }
      if (!(await readNewEvents()) || !position) return
      if (published && published.seq > position.seq) {
        broken(position.seq + 1, 'head_differs')
        return
      }
      status = { ...status, state: 'whole', events: position.seq, checked_at: nowMs }
      const isMissing = headFile !== undefined && !status.published_to.includes('file')
      if (position.seq !== published?.seq || isMissing) await publish(position, nowMs)
    } catch (fault) {
      log.warn({ err: fault }, 'the audit log could not be checked; tried again soon')
    }
  }

  function check(): Promise<void> {
    checking = checking.then(round)
    return checking
  }

  const timer = setInterval(check, everyMs).unref()
  void check()
  return {
    status: () => status,
    check,
    async close() {
      clearInterval(timer)
      isClosed = true
      await check()
    },
  }
}
