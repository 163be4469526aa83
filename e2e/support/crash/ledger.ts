import type { KeyHolder } from '../key-holder.ts'

/** A key that was acknowledged to one of the clients. */
export interface HeldKey extends KeyHolder {
  readonly name: string
  readonly accountId: string
}

/** What the clients were told, and so what must be there after a crash. */
export interface Ledger {
  /** Made and acknowledged. */
  readonly there: Map<string, HeldKey>
  /** Deleted and acknowledged, by id; those of the round that runs. */
  readonly gone: Map<string, HeldKey>
  /** Asked to be deleted, without an answer: there or gone. */
  readonly maybeGone: Map<string, HeldKey>
  /** Names of keys that were asked for, without an answer: there or not. */
  readonly maybeThere: Set<string>
  /** Changes that were acknowledged. */
  acknowledged: number
  /** Requests whose answer never came. */
  lostAnswers: number
}

/** A ledger without entries. */
export function createLedger(): Ledger {
  return {
    there: new Map(),
    gone: new Map(),
    maybeGone: new Map(),
    maybeThere: new Set(),
    acknowledged: 0,
    lostAnswers: 0,
  }
}
