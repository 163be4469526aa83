import type { MaybePromise } from '@countersign/protocol'

/** Runs verifications back to back, apart from the work around them. */
export interface VerificationQueue {
  /** The verdict of `verify`, which is called later in this or the next turns of the event loop. */
  run(verify: () => MaybePromise<boolean>): Promise<boolean>
}

interface Job {
  readonly verify: () => MaybePromise<boolean>
  readonly resolve: (verdict: MaybePromise<boolean>) => void
  readonly reject: (fault: unknown) => void
}

/**
 * A queue that one `setImmediate` drains. A verification between other work costs almost twice what it costs back to
 * back, since each evicts the other's code from the processor's first-level cache (DESIGN.md "The verification queue").
 *
 * @param jobsPerDrain verifications before the event loop gets its turn again; 64 take about 2 ms
 */
export function createVerificationQueue(jobsPerDrain = 64): VerificationQueue {
  let waiting: Job[] = []

  function drain(): void {
    const jobs = waiting
    waiting = jobs.length > jobsPerDrain ? jobs.splice(jobsPerDrain) : []
    if (waiting.length > 0) setImmediate(drain)
    for (const { verify, resolve, reject } of jobs) {
      try {
        resolve(verify())
      } catch (fault) {
        reject(fault)
      }
    }
  }

  return {
    run: (verify) =>
      new Promise((resolve, reject) => {
        if (waiting.push({ verify, resolve, reject }) === 1) setImmediate(drain)
      }),
  }
}
