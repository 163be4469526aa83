import type { MaybePromise } from '@countersign/protocol'

/** Runs verifications back to back, apart from the work around them. */
export interface VerificationQueue {
  /**
   * The verdict of `verify`, which is called at once if nothing else waits, otherwise in one of the next turns of the
   * event loop.
   *
   * @param isStrangers whether this pair of address and key has not verified lately: it waits behind pairs that have
   */
  run<Verdict>(verify: () => MaybePromise<Verdict>, isStrangers?: boolean): MaybePromise<Verdict>
}

/**
 * A queue that one `setImmediate` drains. A verification between other work costs almost twice what it costs back to
 * back, because each evicts the other's code from the processor's first-level cache (docs/decisions/009).
 *
 * A drain that finds one verification alone gains nothing and costs a turn of the event loop. So after one such drain
 * the next verification runs at once, after two in a row the next two, then four, up to 64. A drain that finds several
 * ends this.
 *
 * Strangers get one verification a turn, and at least every other turn. A flood of wrong signatures so delays known
 * callers by one verification at a time, and never blocks another stranger (docs/decisions/017).
 *
 * @param jobsPerDrain verifications before the event loop gets its turn again; 16 take about 0.4 ms. With more, each is
 *   a little cheaper, and a request waits longer for those before it
 * @param atOnceAtMost verifications that run at once before one waits for a turn again
 */
export function createVerificationQueue(jobsPerDrain = 16, atOnceAtMost = 64): VerificationQueue {
  let waiting: (() => void)[] = []
  const strangers: (() => void)[] = []
  let grant = 0
  let atOnce = 0
  let isStrangersTurn = false

  function drain(): void {
    const stranger = waiting.length === 0 || isStrangersTurn ? strangers.shift() : undefined
    isStrangersTurn = stranger === undefined
    if (stranger) stranger()
    else drainKnown()
    if (waiting.length > 0 || strangers.length > 0) setImmediate(drain)
  }

  function drainKnown(): void {
    const jobs = waiting
    waiting = jobs.length > jobsPerDrain ? jobs.splice(jobsPerDrain) : []
    grant = jobs.length === 1 && waiting.length === 0 ? Math.min(atOnceAtMost, Math.max(1, grant * 2)) : 0
    atOnce = grant
    for (const run of jobs) run()
  }

  return {
    run(verify, isStrangers = false) {
      if (atOnce > 0 && waiting.length === 0 && !isStrangers) {
        atOnce--
        return verify()
      }
      return new Promise((resolve, reject) => {
        const job = () => {
          try {
            resolve(verify())
          } catch (fault) {
            reject(fault)
          }
        }
        const isFirst = waiting.length === 0 && strangers.length === 0
        if (isStrangers) strangers.push(job)
        else waiting.push(job)
        if (isFirst) setImmediate(drain)
      })
    },
  }
}
