import type { MaybePromise } from '@countersign/protocol'

/** Runs verifications back to back, apart from the work around them. */
export interface VerificationQueue {
  /** What comes of `verify`, which is called later in this or the next turns of the event loop. */
  run<Verdict>(verify: () => MaybePromise<Verdict>): Promise<Verdict>
}

/**
 * A queue that one `setImmediate` drains. A verification between other work costs almost twice what it costs back to
 * back, since each evicts the other's code from the processor's first-level cache (DESIGN.md "The verification queue").
 *
 * @param jobsPerDrain verifications before the event loop gets its turn again; 64 take about 2 ms
 */
export function createVerificationQueue(jobsPerDrain = 64): VerificationQueue {
  let waiting: (() => void)[] = []

  function drain(): void {
    const jobs = waiting
    waiting = jobs.length > jobsPerDrain ? jobs.splice(jobsPerDrain) : []
    if (waiting.length > 0) setImmediate(drain)
    for (const run of jobs) run()
  }

  return {
    run: (verify) =>
      new Promise((resolve, reject) => {
        const job = () => {
          try {
            resolve(verify())
          } catch (fault) {
            reject(fault)
          }
        }
        if (waiting.push(job) === 1) setImmediate(drain)
      }),
  }
}
