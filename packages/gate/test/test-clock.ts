import type { AdmissionClocks } from '../src/admission-clock.ts'
import type { AdmissionTestClock } from './admission-contract.ts'

/** Two clocks that stand still until a test moves them. */
export function testClock(startMs: number): { readonly clock: AdmissionTestClock; readonly clocks: AdmissionClocks } {
  let wallMs = startMs
  let monotonicMs = 1_000
  return {
    clocks: { wallMs: () => wallMs, monotonicMs: () => monotonicMs },
    clock: {
      get nowMs() {
        return wallMs
      },
      advance(ms) {
        wallMs += ms
        monotonicMs += ms
      },
      setWall(byMs) {
        wallMs += byMs
      },
    },
  }
}
