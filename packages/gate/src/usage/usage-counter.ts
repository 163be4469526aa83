import { type Outcome, outcomeOf } from '../outcome.ts'
import type { DecisionSink } from '../ports.ts'

/** How many decisions had which outcome. */
export type Counts = Readonly<Record<Outcome, number>>

/** Decisions of one minute about one subject: a key's or an account's proven requests, or all decisions by their code. */
export interface CountedMinute extends Counts {
  readonly subject: 'key' | 'account' | 'code'
  readonly id: string
  /** The start of the minute: Unix milliseconds. */
  readonly at: number
}

/** When and from where a key was last used. */
export interface LastUse {
  readonly keyId: string
  /** Unix milliseconds. */
  readonly at: number
  readonly ip: string
}

/** What one thread counted since the last `take`. It is plain data, so that it can go to another thread. */
export interface UsageBatch {
  readonly minutes: readonly CountedMinute[]
  /** The last allowed request of each key in `minutes`, and of each browser. */
  readonly lastUses: readonly LastUse[]
}

/** Counts decisions in memory: one look-up and one addition for each decision, and no I/O. */
export interface UsageCounter extends DecisionSink {
  /** Returns what was counted since the last call, `undefined` if that is nothing. */
  take(): UsageBatch | undefined
}

/**
 * A counter for one thread. Requests of a browser do not count as traffic; only their last use is noted. The memory
 * grows with the keys that were used since the last `take`, never with requests.
 *
 * @param now read once in each `take`, because reading a clock costs more than all other work for a decision. Decisions
 *   and last uses so count in the minute of the last `take`
 */
export function createUsageCounter(now: () => number): UsageCounter {
  let nowMs = now()
  let minute = new Minute(minuteOf(nowMs))

  return {
    decided(decision, { ip }) {
      if ('allowed' in decision) {
        // A public route has no caller, so there is no key to count for.
        if (!decision.allowed) return
        const { keyId, accountId, isSession } = decision.allowed
        if (isSession) return minute.usedBySession(keyId, nowMs, ip)
        const tally = minute.ofKey(keyId, accountId)
        tally.allowed++
        tally.usedAt = nowMs
        tally.usedFrom = ip
        return
      }
      if (decision.provenSession) return
      const outcome = outcomeOf(decision)
      minute.ofCode(decision.denied)[outcome]++
      const { provenKeyId, provenAccountId } = decision
      if (provenKeyId !== undefined && provenAccountId !== undefined) {
        minute.ofKey(provenKeyId, provenAccountId)[outcome]++
      }
    },
    take() {
      const taken = minute
      nowMs = now()
      minute = new Minute(minuteOf(nowMs))
      const batch = { minutes: taken.counted(), lastUses: taken.lastUses() }
      return batch.minutes.length + batch.lastUses.length === 0 ? undefined : batch
    },
  }
}

const MINUTE_MS = 60_000

function minuteOf(timeMs: number): number {
  return timeMs - (timeMs % MINUTE_MS)
}

type Tally = Record<Outcome, number>

interface KeyTally extends Tally {
  readonly accountId: string
  /**
   * Unix milliseconds; 0 = no allowed request. It is a number always: with `undefined`, each change would make garbage.
   */
  usedAt: number
  usedFrom: string
}

class Minute {
  readonly at: number
  readonly #keys = new Map<string, KeyTally>()
  readonly #codes = new Map<string, Tally>()
  readonly #sessions = new Map<string, LastUse>()

  constructor(at: number) {
    this.at = at
  }

  ofKey(keyId: string, accountId: string): KeyTally {
    const found = this.#keys.get(keyId)
    if (found) return found
    const made: KeyTally = { ...none(), accountId, usedAt: 0, usedFrom: '' }
    this.#keys.set(keyId, made)
    return made
  }

  ofCode(code: string): Tally {
    const found = this.#codes.get(code)
    if (found) return found
    const made = none()
    this.#codes.set(code, made)
    return made
  }

  usedBySession(keyId: string, at: number, ip: string): void {
    this.#sessions.set(keyId, { keyId, at, ip })
  }

  /** Accounts, and allowed requests, are sums over keys. They are computed here, not for each decision. */
  counted(): CountedMinute[] {
    const accounts = new Map<string, Tally>()
    const all = none()
    for (const tally of this.#keys.values()) {
      const account = accounts.get(tally.accountId) ?? none()
      accounts.set(tally.accountId, account)
      add(account, tally)
      all.allowed += tally.allowed
    }
    if (all.allowed > 0) this.#codes.set('allowed', all)
    return [
      ...this.#toMinutes('key', this.#keys),
      ...this.#toMinutes('account', accounts),
      ...this.#toMinutes('code', this.#codes),
    ]
  }

  lastUses(): LastUse[] {
    const ofKeys = [...this.#keys].flatMap(([keyId, { usedAt, usedFrom }]) =>
      usedAt === 0 ? [] : { keyId, at: usedAt, ip: usedFrom },
    )
    return [...ofKeys, ...this.#sessions.values()]
  }

  #toMinutes(subject: CountedMinute['subject'], tallies: ReadonlyMap<string, Tally>): CountedMinute[] {
    return [...tallies].map(([id, { allowed, refused, limited, fault }]) => ({
      subject,
      id,
      at: this.at,
      allowed,
      refused,
      limited,
      fault,
    }))
  }
}

function none(): Tally {
  return { allowed: 0, refused: 0, limited: 0, fault: 0 }
}

function add(to: Tally, from: Tally): void {
  to.allowed += from.allowed
  to.refused += from.refused
  to.limited += from.limited
  to.fault += from.fault
}
