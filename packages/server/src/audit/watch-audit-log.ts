import type { AuditChain } from '@countersign/api'
import type { AuditHead } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { Database } from '../storage/database.ts'
import { type ChainBreak, ChainReader } from './chain-reader.ts'
import type { DeploymentKey } from './deployment-key.ts'
import { readLastHead } from './head-file.ts'
import { publishHead } from './publish-head.ts'

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

/** After so long the whole log is read again: what was right once may have been changed since. */
const RECHECK_MS = 86_400_000

/** Reads the whole log and then what is added. Signs a head whenever the log has grown. */
export function watchAuditLog(options: AuditWatchOptions): AuditWatch {
  const watched = new WatchedLog(options)
  let checking: Promise<void> = Promise.resolve()

  function check(): Promise<void> {
    checking = checking.then(() => watched.check())
    return checking
  }

  const timer = setInterval(check, options.everyMs).unref()
  void check()
  return {
    status: () => watched.status,
    check,
    async close() {
      clearInterval(timer)
      watched.close()
      await check()
    },
  }
}

/** The audit log as the last check found it. Checks must not overlap. */
class WatchedLog {
  status: AuditChain = NOT_CHECKED
  readonly #options: AuditWatchOptions
  readonly #reader: ChainReader
  #published: AuditHead | undefined
  #isStarted = false
  #isClosed = false
  #begunAt: number

  constructor(options: AuditWatchOptions) {
    this.#options = options
    this.#reader = new ChainReader(options.database, options.deploymentId)
    this.#begunAt = options.now()
  }

  /** Lets a check end early. */
  close(): void {
    this.#isClosed = true
  }

  async check(): Promise<void> {
    if (this.status.state === 'broken') return
    try {
      await this.#start()
      if (this.#isOfAnother(this.#published)) return this.#setBroken({ at: 0, fault: 'head_differs' })
      await this.#checkNew(this.#options.now())
    } catch (fault) {
      this.#options.log.warn({ err: fault }, 'the audit log could not be checked; tried again soon')
    }
  }

  async #start(): Promise<void> {
    if (this.#isStarted) return
    const { headFile, key } = this.#options
    this.#published = headFile === undefined || !key ? undefined : await readLastHead(headFile, key.publicKey)
    if (this.#published) this.status = { ...this.status, head: this.#published, published_to: ['file'] }
    this.#isStarted = true
  }

  /** A database whose deployment id was changed has a chain of its own that is whole: the heads outside tell. */
  #isOfAnother(head: AuditHead | undefined): boolean {
    const { deploymentId, headFile, log } = this.#options
    if (!head || head.deployment_id === deploymentId) return false
    log.error(
      { file: headFile, head: head.deployment_id, database: deploymentId },
      'the heads in this file are of another deployment: put its database back, or move the file away where you began a new one',
    )
    return true
  }

  async #checkNew(nowMs: number): Promise<void> {
    if (nowMs - this.#begunAt > RECHECK_MS) {
      this.#begunAt = nowMs
      this.#reader.restart()
    }
    const read = await this.#reader.readOn(this.#published, () => !this.#isClosed)
    if (read === 'stopped') return
    if (read !== 'end') return this.#setBroken(read)
    const { position } = this.#reader
    if (!position) return
    if (this.#published && this.#published.seq > position.seq) {
      return this.#setBroken({ at: position.seq + 1, fault: 'head_differs' })
    }
    this.status = { ...this.status, state: 'whole', events: position.seq, checked_at: nowMs }
    const { key, headFile } = this.#options
    const isMissing = headFile !== undefined && !this.status.published_to.includes('file')
    if (!key || (position.seq === this.#published?.seq && !isMissing)) return
    const { head, to } = await publishHead({ ...this.#options, key }, position, nowMs)
    this.#published = head
    this.status = { ...this.status, head, published_to: [...to] }
  }

  #setBroken({ at, fault }: ChainBreak): void {
    this.status = { ...this.status, state: 'broken', checked_at: this.#options.now(), broken_at: at, fault }
    this.#options.log.error({ event: at, fault }, 'the audit log is broken: see countersign audit verify')
  }
}
