import { randomUUID } from 'node:crypto'
import type { AuditChain } from '@countersign/api'
import { type AuditHead, chainStart } from '@countersign/protocol'
import type { Logger } from 'pino'
import { readChainPosition } from '../storage/audit-events.ts'
import { readAuditWatch, releaseAuditWatch, saveAuditWatch, takeAuditWatch } from '../storage/audit-watch.ts'
import type { Database } from '../storage/database.ts'
import { inTransaction } from '../storage/transaction.ts'
import { type ChainBreak, ChainReader } from './chain-reader.ts'
import type { DeploymentKey } from './deployment-key.ts'
import { readLastHead } from './head-file.ts'
import { publishHead } from './publish-head.ts'

/** Checks the audit log while the server runs, and publishes heads: on one node of a deployment at a time. */
export interface AuditWatch {
  /** What the node that has the watch last found. */
  readonly status: () => AuditChain
  /** Checks new events, and publishes a head if there are any. A timer usually does this. */
  check(): Promise<void>
  /** Checks and publishes a last time, lets another node have the watch, and ends. */
  close(): Promise<void>
}

/** Options of a watch. */
export interface AuditWatchOptions {
  readonly database: Pick<Database, 'kysely' | 'reader' | 'dialect'>
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

/** Between two signs of life of the node that has the watch, in milliseconds. Other nodes ask for it as often. */
const TAKE_EVERY_MS = 10_000

/**
 * Checks the log on this node while it has the watch: what is added since the last check of whichever node, and all of
 * it once a day. Signs a head whenever the log has grown. A node that ended is followed by another one within 40 s.
 */
export function watchAuditLog(options: AuditWatchOptions): AuditWatch {
  const watched = new WatchedLog(options)
  let checking: Promise<void> = Promise.resolve()

  function check(): Promise<void> {
    checking = checking.then(() => watched.check())
    return checking
  }

  async function take(): Promise<void> {
    if (await watched.hasJustTaken()) await check()
  }

  const timers = [setInterval(check, options.everyMs).unref(), setInterval(take, TAKE_EVERY_MS).unref()]
  void check()
  return {
    status: () => watched.status,
    check,
    async close() {
      for (const timer of timers) clearInterval(timer)
      watched.close()
      await check()
      await watched.release()
    },
  }
}

/** The audit log as the last check found it. Checks must not overlap. */
class WatchedLog {
  status: AuditChain = NOT_CHECKED
  readonly #options: AuditWatchOptions
  readonly #watcher: { readonly id: string; readonly signs: boolean }
  readonly #reader: ChainReader
  /** The last head that this node published. */
  #published: AuditHead | undefined
  #publishedTo: readonly string[] = []
  #isStarted = false
  #isClosed = false
  /** Whether this node itself found the log broken. */
  #isBroken = false
  /** Whether this node had the watch when it last asked. */
  #hasWatch = false
  /** Whether another node may have read on since this one last did. */
  #mayBeBehind = true
  #readFromStartAt = 0

  constructor(options: AuditWatchOptions) {
    this.#options = options
    this.#watcher = { id: randomUUID(), signs: options.key !== undefined }
    this.#reader = new ChainReader(options.database, options.deploymentId)
  }

  /** Lets a check end early. */
  close(): void {
    this.#isClosed = true
  }

  /** Keeps the watch, or takes it if it is free. Returns whether this node has it since now. */
  async hasJustTaken(): Promise<boolean> {
    // A node that checks nothing any more keeps the watch, so that all nodes show what it found. It takes no other's.
    if (this.#isBroken && !this.#hasWatch) return false
    try {
      return (await this.#take()) === 'taken'
    } catch {
      // The next check says so in the log.
      return false
    }
  }

  async release(): Promise<void> {
    await inTransaction(this.#options.database, (trx) => releaseAuditWatch(trx, this.#watcher)).catch(() => undefined)
  }

  async check(): Promise<void> {
    if (this.#isBroken) return
    try {
      await this.#start()
      if (this.#isOfAnother(this.#published)) return await this.#setBroken({ at: 0, fault: 'head_differs' })
      const differing = await this.#compareWithHead()
      if (differing) return await this.#setBroken(differing)
      if ((await this.#take()) === 'other') return await this.#follow()
      await this.#checkNew(this.#options.now())
    } catch (fault) {
      this.#options.log.warn({ err: fault }, 'the audit log could not be checked; tried again soon')
    }
  }

  async #take(): Promise<'kept' | 'taken' | 'other'> {
    const { database, log } = this.#options
    const took = await inTransaction(database, (trx) => takeAuditWatch(trx, database.dialect, this.#watcher))
    this.#hasWatch = took !== 'other'
    if (took !== 'kept') this.#mayBeBehind = true
    if (took === 'taken') log.info({ signs: this.#watcher.signs }, 'this node watches the audit log from now on')
    return took
  }

  async #start(): Promise<void> {
    if (this.#isStarted) return
    const { headFile, key } = this.#options
    this.#published = headFile === undefined || !key ? undefined : await readLastHead(headFile, key.publicKey)
    if (this.#published) {
      this.#publishedTo = ['file']
      this.status = { ...this.status, head: this.#published, published_to: [...this.#publishedTo] }
    }
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

  /** Compares the log with the last head that this node published. Each node does, whichever has the watch. */
  async #compareWithHead(): Promise<ChainBreak | undefined> {
    const head = this.#published
    if (!head) return undefined
    const { database, deploymentId } = this.#options
    const at = (await readChainPosition(database.kysely, head.seq)) ?? (await chainStart(deploymentId))
    if (at.seq < head.seq) return { at: at.seq + 1, fault: 'head_differs' }
    return at.hash === head.hash ? undefined : { at: at.seq, fault: 'head_differs' }
  }

  /** Shows what the node that has the watch has found. */
  async #follow(): Promise<void> {
    const { status } = await readAuditWatch(this.#options.database.kysely)
    if (status !== undefined) this.status = JSON.parse(status)
  }

  async #checkNew(nowMs: number): Promise<void> {
    if (this.#mayBeBehind) await this.#catchUp()
    if (nowMs - this.#readFromStartAt > RECHECK_MS) {
      this.#readFromStartAt = nowMs
      this.#reader.startAfter(undefined)
    }
    const read = await this.#reader.readOn(() => !this.#isClosed)
    if (read === 'stopped') return
    if (read !== 'end') return this.#setBroken(read)
    const { position } = this.#reader
    if (!position) return
    const { key, headFile } = this.#options
    const isMissing = headFile !== undefined && !this.#publishedTo.includes('file')
    if (key && (position.seq !== this.#published?.seq || isMissing)) {
      const { head, to } = await publishHead({ ...this.#options, key }, position, nowMs)
      this.#published = head
      this.#publishedTo = to
    }
    this.status = {
      state: 'whole',
      events: position.seq,
      checked_at: nowMs,
      head: this.#published,
      published_to: [...this.#publishedTo],
    }
    await this.#save()
  }

  /** Reads on from where the node before this one stopped. */
  async #catchUp(): Promise<void> {
    const { position, readFromStartAt } = await readAuditWatch(this.#options.database.kysely)
    this.#reader.startAfter(position)
    this.#readFromStartAt = position ? readFromStartAt : 0
    this.#mayBeBehind = false
  }

  async #save(): Promise<void> {
    const result = {
      position: this.#isBroken ? undefined : this.#reader.position,
      readFromStartAt: this.#readFromStartAt,
      status: JSON.stringify(this.status),
    }
    await inTransaction(this.#options.database, (trx) => saveAuditWatch(trx, this.#watcher, result))
  }

  async #setBroken({ at, fault }: ChainBreak): Promise<void> {
    this.#isBroken = true
    this.status = { ...this.status, state: 'broken', checked_at: this.#options.now(), broken_at: at, fault }
    this.#options.log.error({ event: at, fault }, 'the audit log is broken: see countersign audit verify')
    await this.#save()
  }
}
