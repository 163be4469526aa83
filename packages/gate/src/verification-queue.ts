import type { MaybePromise } from '@countersign/protocol'

/** Runs verifications back to back, apart from the work around them. */
export interface VerificationQueue {
  /** What comes of `verify`, which is called at once where nothing else waits, or later in the event loop's next turns. */
  run<Verdict>(verify: () => MaybePromise<Verdict>): MaybePromise<Verdict>
}

/**
 * A queue that one `setImmediate` drains. A verification between other work costs almost twice what it costs back to
 * back, since each evicts the other's code from the processor's first-level cache (DESIGN.md "The verification queue").
 *
 * Where a drain finds one verification alone there is nothing to put back to back, and the turn of the event loop is lost.
 * So after one such drain the next verification is made at once, after two in a row the next two, then four, up to as many
 * as a drain may take. One that finds several ends that (docs/decisions/009).
 *
 * @param jobsPerDrain verifications before the event loop gets its turn again; 64 take about 2 ms
 */
export function createVerificationQueue(jobsPerDrain = 64): VerificationQueue {
  let waiting: (() => void)[] = []
  let grant = 0
  let atOnce = 0

  function drain(): void {
    const jobs = waiting
    waiting = jobs.length > jobsPerDrain ? jobs.splice(jobsPerDrain) : []
    if (waiting.length > 0) setImmediate(drain)
    grant = jobs.length === 1 && waiting.length === 0 ? Math.min(jobsPerDrain, Math.max(1, grant * 2)) : 0
    atOnce = grant
    for (const run of jobs) run()
  }

  return {
    run(verify) {
      if (atOnce > 0 && waiting.length === 0) {
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
        if (waiting.push(job) === 1) setImmediate(drain)
      })
    },
  }
}
