import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ChainFault, type ChainPosition, chainStart, checkEvent } from '@countersign/protocol'
import { readAuditChain } from '../storage/audit-events.ts'
import type { Database } from '../storage/database.ts'

/** Where the audit log is broken, and how. */
export interface ChainBreak {
  /** The event's place. */
  readonly at: number
  readonly fault: ChainFault | 'head_differs'
}

/** Events of one portion. Their hashes take some five milliseconds of this thread. */
const EVENTS_AT_ONCE = 200

/** Reads the audit log from its start, or on from where the last reading ended, and checks its chain. */
export class ChainReader {
  readonly #database: Pick<Database, 'reader'>
  readonly #deploymentId: string
  #position: ChainPosition | undefined

  constructor(database: Pick<Database, 'reader'>, deploymentId: string) {
    this.#database = database
    this.#deploymentId = deploymentId
  }

  /** The last event that was read and is right; `undefined` before the first reading. */
  get position(): ChainPosition | undefined {
    return this.#position
  }

  /** Makes the next reading begin after this event; without one, at the start of the log. */
  startAfter(position: ChainPosition | undefined): void {
    this.#position = position
  }

  /**
   * Reads on to the end of the log.
   *
   * @param mayGoOn asked between two portions of events
   * @returns `'end'` at the end of the log, `'stopped'` where it may not go on
   */
  async readOn(mayGoOn: () => boolean): Promise<'end' | 'stopped' | ChainBreak> {
    for (;;) {
      const at = this.#position ?? (await chainStart(this.#deploymentId))
      // With the last one read, so that it is seen when the log was cut off meanwhile.
      const events = await readAuditChain(this.#database.reader, Math.max(0, at.seq - 1), EVENTS_AT_ONCE)
      const last = at.seq === 0 ? at : events.shift()
      if (last?.seq !== at.seq || last.hash !== at.hash) return { at: at.seq, fault: 'head_differs' }
      this.#position = at
      for (const event of events) {
        const fault = await checkEvent(event, this.#position)
        if (fault) return { at: event.seq, fault }
        this.#position = event
      }
      if (events.length < EVENTS_AT_ONCE - 1) return 'end'
      if (!mayGoOn()) return 'stopped'
      await nextTurn()
    }
  }
}
