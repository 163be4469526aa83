import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { inTime } from '../in-time.ts'
import type { Database } from '../storage/database.ts'
import {
  beatNode,
  deleteNodes,
  insertNode,
  lockNodes,
  type NodeFacts,
  type NodeRow,
  type NodesNow,
  readNodes,
} from '../storage/nodes.ts'
import { inTransaction } from '../storage/transaction.ts'
import { haveBothRedis, NodeConflictError, shareAdmission } from './node-conflict.ts'
import { stillRuns, thisProcess } from './this-process.ts'

/** Between two signs of life, in milliseconds. */
export const NODE_BEAT_EVERY_MS = 5_000

/** A node without a sign of life for so long counts as dead, in milliseconds. */
export const NODE_DEAD_AFTER_MS = 30_000

/** Nodes with different Redis ids may have read them before and after its restart. After so many beats they have not. */
const BEATS_OF_DOUBT = 6

/** Between two looks at a node that may be dead, in milliseconds. */
const LOOK_EVERY_MS = 500

/** Longest wait for the database when this node leaves, in milliseconds. */
const LEAVES_WITHIN_MS = 1_000

/** How a node joins the others over one database. */
export interface JoinOptions extends Pick<NodeFacts, 'planes' | 'version'> {
  readonly database: Pick<Database, 'kysely' | 'dialect'>
  /** Where claims and token buckets are now: `memory`, `redis` (not yet known which), or `redis:` and an id. */
  readonly admission: () => string
  /** Whether nodes with claims and token buckets elsewhere may run beside this one. */
  readonly singleNodePromises: boolean
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Waits so many milliseconds; only tests change it. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/** A node that is in the table. Disposing it takes it out. */
export interface JoinedNode extends AsyncDisposable {
  /** Settles if this node may no longer run beside another one. Its process must then end. */
  readonly failure: Promise<Error>
  /** How many nodes ran at the last sign of life, this one included. */
  readonly count: () => number
  /** Gives a sign of life and looks at the other nodes; a timer calls it. Never rejects. */
  beat(): Promise<void>
}

/**
 * Puts this node into the table of nodes and gives signs of life until it is disposed. A node that ended without leaving
 * counts as dead at once if it ran on this machine. Otherwise this waits until it is dead or gives a sign of life, 30 s
 * at most.
 *
 * @throws NodeConflictError if a node runs that does not share claims and token buckets
 */
export async function joinNodes(options: JoinOptions): Promise<JoinedNode> {
  const { log, planes, version } = options
  const { hostName, machine, processId } = thisProcess()
  const facts = { id: randomUUID(), host_name: hostName, machine, process_id: processId, planes, version }
  await enter(options, facts)
  const failure = Promise.withResolvers<Error>()
  const member = new Member(options, facts)
  let isSilent = false
  const beat = async () => {
    try {
      const fault = await member.beat()
      if (fault) failure.resolve(fault)
      isSilent = false
    } catch (fault) {
      if (!isSilent)
        log.warn({ err: fault }, 'this node could not give a sign of life in the database; tried again soon')
      isSilent = true
    }
  }
  const beating = setInterval(beat, NODE_BEAT_EVERY_MS).unref()
  return {
    failure: failure.promise,
    count: () => member.count,
    beat,
    async [Symbol.asyncDispose]() {
      clearInterval(beating)
      // A row that stays is that of a dead process.
      await inTime(member.leave(), LEAVES_WITHIN_MS).catch(() => undefined)
    },
  }
}

/** Puts the node into the table as soon as it may run. */
async function enter(options: JoinOptions, facts: Omit<NodeFacts, 'admission'>): Promise<void> {
  const { database, singleNodePromises, log, pause = sleep } = options
  const { dialect } = database
  const seenBeats = new Map<string, number>()

  for (;;) {
    const admission = options.admission()
    const conflicts = await inTransaction(database, async (trx) => {
      await lockNodes(trx, dialect)
      const now = await readNodes(trx, dialect)
      const living = now.nodes.filter((node) => isAlive(node, now))
      const dead = now.nodes.filter((node) => !living.includes(node))
      await deleteNodes(trx, dead.map(idOf))
      const found = singleNodePromises ? [] : living.filter((node) => !shareAdmission(node.admission, admission))
      if (found.length === 0) await insertNode(trx, dialect, { ...facts, admission })
      return found
    })
    const [first] = conflicts
    if (!first) return
    const living = conflicts.find((node) => {
      const hasBeaten = (seenBeats.get(node.id) ?? node.beat_at) !== node.beat_at
      // The id of a Redis that was just restarted is an old one until the next sign of life.
      const mayBeOld = haveBothRedis(node.admission, admission)
      return hasBeaten || (!mayBeOld && stillRuns(node.machine, node.process_id) === true)
    })
    if (living) throw new NodeConflictError(admission, living)
    if (seenBeats.size === 0) {
      log.warn(
        { host: first.host_name, planes: first.planes },
        'another node of this database may run; waiting for its sign of life, 30 s at most',
      )
    }
    for (const { id, beat_at } of conflicts) seenBeats.set(id, seenBeats.get(id) ?? beat_at)
    await pause(LOOK_EVERY_MS)
  }
}

/** A node in the table. */
class Member {
  count = 1
  readonly #options: JoinOptions
  readonly #facts: Omit<NodeFacts, 'admission'>
  #doubts = 0
  #hasLeft = false

  constructor(options: JoinOptions, facts: Omit<NodeFacts, 'admission'>) {
    this.#options = options
    this.#facts = facts
  }

  /** Gives a sign of life. Returns why this node must end, if it must. */
  async beat(): Promise<NodeConflictError | undefined> {
    const { log, singleNodePromises } = this.#options
    const admission = this.#options.admission()
    const written = await this.#write(admission)
    if (!written) return undefined
    const { wasTakenForDead, dead, living } = written
    this.count = living.length
    for (const { host_name: host, planes } of dead) log.warn({ host, planes }, 'a node has ended without leaving')
    if (wasTakenForDead) log.warn('other nodes took this node for dead: it gave no sign of life for 30 s')
    if (singleNodePromises) return undefined
    const before = living.slice(
      0,
      living.findIndex(({ id }) => id === this.#facts.id),
    )
    const other = before.find((node) => !shareAdmission(node.admission, admission))
    this.#doubts = other ? this.#doubts + 1 : 0
    const isInDoubt = other && haveBothRedis(other.admission, admission) && this.#doubts < BEATS_OF_DOUBT
    return other && !isInDoubt ? new NodeConflictError(admission, other) : undefined
  }

  /** Takes the node out. A sign of life that waits meanwhile does not bring it back. */
  leave(): Promise<void> {
    this.#hasLeft = true
    const { database } = this.#options
    return inTransaction(database, async (trx) => {
      await lockNodes(trx, database.dialect)
      await deleteNodes(trx, [this.#facts.id])
    })
  }

  /** `undefined` if the node has left. */
  #write(admission: string) {
    const { database } = this.#options
    const facts = { ...this.#facts, admission }
    return inTransaction(database, async (trx) => {
      await lockNodes(trx, database.dialect)
      if (this.#hasLeft) return undefined
      const before = await readNodes(trx, database.dialect)
      const own = before.nodes.find(({ id }) => id === facts.id)
      // If the database was away from this node for long, it was from others too.
      const isOwnFresh = own !== undefined && isFresh(own, before)
      const dead = isOwnFresh ? before.nodes.filter((node) => !isAlive(node, before)) : []
      await deleteNodes(trx, dead.map(idOf))
      const isKnown = await beatNode(trx, database.dialect, facts)
      if (!isKnown) await insertNode(trx, database.dialect, facts)
      const { nodes: living } = await readNodes(trx, database.dialect)
      return { wasTakenForDead: !isKnown, dead, living }
    })
  }
}

/** On this machine the operating system knows. A process that is stopped or slow counts as alive. */
function isAlive(node: NodeRow, now: NodesNow): boolean {
  return stillRuns(node.machine, node.process_id) ?? isFresh(node, now)
}

/** To both sides: the database's clock may have been set. */
function isFresh({ beat_at }: NodeRow, { nowMs }: NodesNow): boolean {
  return Math.abs(nowMs - beat_at) <= NODE_DEAD_AFTER_MS
}

function idOf({ id }: NodeRow): string {
  return id
}
