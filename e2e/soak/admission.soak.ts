import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryAdmission } from '../../packages/gate/src/memory-admission.ts'
import { type AdmissionHarness, type AdmissionSizes, MODEL_SIZES } from '../../packages/gate/test/admission-contract.ts'
import { modelSteps, runAgainstModel } from '../../packages/gate/test/admission-model.ts'
import { testClock } from '../../packages/gate/test/test-clock.ts'
import { allocateSharedAdmission, createSharedAdmission } from '../../packages/server/src/admission/shared-admission.ts'
import { endThreads } from '../../packages/server/test/end-threads.ts'

const NOW = 1_703_123_456_789
/** Of each admission and size; a million over all six. */
const OPERATIONS = 170_000

const ADMISSIONS: readonly [string, (sizes: AdmissionSizes) => AdmissionHarness][] = [
  [
    'memory',
    (sizes) => {
      const { clock, clocks } = testClock(NOW)
      return { admission: createMemoryAdmission({ ...sizes, clocks }), clock }
    },
  ],
  [
    'shared memory',
    (sizes) => {
      const { clock, clocks } = testClock(NOW)
      return { admission: createSharedAdmission(allocateSharedAdmission(sizes, 'secret', clocks), clocks), clock }
    },
  ],
]

describe.each(ADMISSIONS)('admission in %s', (name, start) => {
  test.each(MODEL_SIZES)('does what a plain model does: %j', { timeout: 600_000 }, async (sizes) => {
    let operations = 0
    while (operations < OPERATIONS) {
      const steps = modelSteps(5_000)
      await fc.assert(
        fc.asyncProperty(steps, async (some) => {
          await runAgainstModel(start(sizes), sizes, some)
          operations += some.length
        }),
        { numRuns: 5, endOnFailure: true },
      )
    }
    console.log(`${name}, ${JSON.stringify(sizes)}: ${operations} operations`)
  })
})

test('200 threads that are ended anywhere', { timeout: 600_000 }, async () => {
  const deaths = await endThreads(200, (death) => death % 4 !== 3)
  console.log(JSON.stringify(deaths))
  expect(deaths.passedTwice).toBe(0)
  expect(deaths.admitted).toBeGreaterThan(deaths.requests / 100)
  expect(deaths.admitted).toBeLessThanOrEqual(deaths.allowed)
})
