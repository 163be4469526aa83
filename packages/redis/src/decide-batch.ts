import type { AdmissionClocks, AdmissionOutcome } from '@countersign/gate'
import { encodeBatch } from './encode-batch.ts'
import { hasMoved, type RedisLink } from './redis-link.ts'
import type { WaitingRequest } from './waiting-request.ts'

/** What deciding batches needs beside the server. */
export interface DecideOptions {
  readonly clocks: AdmissionClocks
  /** The most claims of one account. */
  readonly shareOfClaims: number
  readonly isCluster: boolean
  /**
   * For a request that certainly did nothing.
   *
   * @param movedTo `host:port` of the server that has its keys now, if the server that was asked says that
   */
  readonly again: (waiting: WaitingRequest, movedTo?: string) => void
}

export const UNAVAILABLE: AdmissionOutcome = { outcome: 'unavailable' }
export const ALREADY_USED: AdmissionOutcome = { outcome: 'already_used' }
export const SIGNED_BEFORE_START: AdmissionOutcome = { outcome: 'signed_before_start' }

/** Sends the requests of one turn to a server, and settles each. */
export async function decideBatch(
  link: RedisLink,
  batch: readonly WaitingRequest[],
  options: DecideOptions,
): Promise<void> {
  const sendable = batch.filter((waiting) => {
    const refusal = refusalWithoutRedis(link, waiting, options.clocks.wallMs())
    if (refusal) waiting.settle(refusal)
    return !refusal
  })
  const decide = options.isCluster ? decideBySlot : decideAtOnce
  const portions: Promise<void>[] = []
  for (let i = 0; i < sendable.length; i += MAX_BATCH) {
    portions.push(decide(link, sendable.slice(i, i + MAX_BATCH), options))
  }
  await Promise.all(portions)
}

/** Redis does nothing else meanwhile: some milliseconds. */
const MAX_BATCH = 250

/** What is known of a claim without asking. */
function refusalWithoutRedis(
  link: RedisLink,
  { request: { claim } }: WaitingRequest,
  wallMs: number,
): AdmissionOutcome | undefined {
  if (!link.isUp) return UNAVAILABLE
  if (!claim) return undefined
  if (link.isClockOff) return UNAVAILABLE
  if (claim.signedAtMs < link.claimsSinceMs) return SIGNED_BEFORE_START
  return claim.untilMs <= wallMs ? ALREADY_USED : undefined
}

/** One script for all. It reads the epoch itself. */
async function decideAtOnce(link: RedisLink, batch: readonly WaitingRequest[], options: DecideOptions): Promise<void> {
  const { keys, numbers } = encodeBatch(batch, options.clocks.wallMs())
  try {
    const answers = await link.decide([...link.stateKeys, ...keys], [`${options.shareOfClaims}`, '', numbers])
    if (answers) settleAll(batch, answers)
    else askAgain(batch, options)
  } catch {
    for (const { settle } of batch) settle(UNAVAILABLE)
  }
}

/**
 * A script for each slot: those of a cluster may touch no other. The epoch has a slot of its own, so it is read after
 * them, on the same connection: if it is still the same, nothing was forgotten before they ran.
 */
async function decideBySlot(link: RedisLink, batch: readonly WaitingRequest[], options: DecideOptions): Promise<void> {
  const { clocks, shareOfClaims } = options
  const state = link.epoch?.state ?? ''
  const calls = [...Map.groupBy(batch, ({ slot }) => slot).values()].map(async (group) => {
    const { keys, numbers } = encodeBatch(group, clocks.wallMs())
    return { group, answers: await link.decide(keys, [`${shareOfClaims}`, state, numbers]).catch(failureOf) }
  })
  const check = link.decide(link.stateKeys, [`${shareOfClaims}`, '', Buffer.alloc(0)]).catch(failureOf)
  const isSame = await check
  for (const { group, answers } of await Promise.all(calls)) {
    if (answers instanceof Moved) askAgain(group, options, answers.to)
    else if (answers instanceof Error || isSame instanceof Error) settleEach(group, UNAVAILABLE)
    else if (!answers) askAgain(group, options)
    else if (isSame) settleAll(group, answers)
    // Decided by a memory that was emptied meanwhile: what counts once may have counted before.
    else for (const { request, settle } of group) settle(request.claim ? SIGNED_BEFORE_START : UNAVAILABLE)
  }
}

/** The slot is another server's: the script did not run. */
class Moved extends Error {
  /** From `MOVED 3999 127.0.0.1:6381`. */
  get to(): string | undefined {
    return this.message.split(' ')[2]
  }
}

function failureOf(error: unknown): Error {
  if (hasMoved(error)) return new Moved(error instanceof Error ? error.message : '')
  return error instanceof Error ? error : new Error(String(error))
}

function askAgain(batch: readonly WaitingRequest[], { again }: DecideOptions, movedTo?: string): void {
  for (const waiting of batch) {
    if (waiting.isSecondTry) waiting.settle(UNAVAILABLE)
    else {
      waiting.isSecondTry = true
      again(waiting, movedTo)
    }
  }
}

function settleAll(batch: readonly WaitingRequest[], answers: readonly unknown[]): void {
  for (const [i, { settle }] of batch.entries()) {
    const answer = answers[i]
    settle(typeof answer === 'number' || typeof answer === 'string' ? answer : UNAVAILABLE)
  }
}

function settleEach(batch: readonly WaitingRequest[], outcome: AdmissionOutcome): void {
  for (const { settle } of batch) settle(outcome)
}
