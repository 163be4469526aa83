import { hrtime } from 'node:process'
import type { AdmissionClocks } from '@countersign/gate'

/**
 * The clocks of this thread. The monotonic clock is the same for all threads of the process; `performance.now` is not.
 */
export function threadClocks(wallMs: () => number = Date.now): AdmissionClocks {
  const [seconds, nanoseconds] = hrtime()
  const startMs = seconds * 1000 + nanoseconds / 1e6 - performance.now()
  return { wallMs, monotonicMs: () => startMs + performance.now() }
}
