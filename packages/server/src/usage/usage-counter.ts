import { type DecisionSink, type Outcome, outcomeOf } from '@countersign/gate'
import type { LastUse } from '../storage/last-uses.ts'
import { type CountedMinute, startOf } from '../storage/usage.ts'

/** What one thread counted since it was last asked; plain data, so that it can be handed to another thread. */
export interface UsageBatch {
  readonly minutes: readonly CountedMinute[]
  /** The last allowed request of each key in `minutes`. */
  readonly lastUses: readonly LastUse[]
}

/** Counts decisions in memory: a look-up and an addition a decision, and no I/O. */
export interface UsageCounter extends DecisionSink {
  /** Hands over what was counted since the last call, `undefined` where that is nothing. */
  take(): UsageBatch | undefined
}

/**
 * A counter for one thread. What it holds grows with the keys that were used since the last `take`, never with requests.
 *
 * @param now read once a `take`, since a clock costs more than all else that is done for a decision: decisions count in the minute
 *   of the last `take`, and so do last uses
 */
export function createUsageCounter(now: () => number): UsageCounter {
  let nowMs = now()
  let minute = new Minute(startOf(nowMs, 'minute'))

  return {
    decided(decision, { ip }) {
      if ('allowed' in decision) {
        // On a public route nobody was identified: there is no key to count for.
        if (!decision.allowed) return
        const { keyId, accountId } = decision.allowed
        const tally = minute.ofKey(keyId, accountId)
        tally.allowed++
        tally.usedAt = nowMs
        tally.usedFrom = ip
        return
      }
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
      minute = new Minute(startOf(nowMs, 'minute'))
      const minutes = taken.counted()
      return minutes.length === 0 ? undefined : { minutes, lastUses: taken.lastUses() }
    },
  }
}

type Tally = Record<Outcome, number>

interface KeyTally extends Tally {
  readonly accountId: string
  /** Unix milliseconds; 0 = by nothing that was allowed. A number always: with `undefined`, each change of it would be garbage. */
  usedAt: number
  usedFrom: string
}

class Minute {
  readonly at: number
  readonly #keys = new Map<string, KeyTally>()
  readonly #codes = new Map<string, Tally>()

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

  /** Accounts, and what was allowed, are sums over keys: they are made here, and cost nothing where requests are decided. */
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
    return [...this.#keys].flatMap(([keyId, { usedAt, usedFrom }]) =>
      usedAt === 0 ? [] : { keyId, at: usedAt, ip: usedFrom },
    )
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
