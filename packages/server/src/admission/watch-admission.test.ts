import { expect, test } from 'vitest'
import { testClock } from '../../../gate/test/test-clock.ts'
import { createAdmissionWatch } from './watch-admission.ts'

function setUp() {
  const { clock, clocks } = testClock(1_703_123_456_789)
  const admission = { use: () => use, capacity: { claims: 100, buckets: 10 }, lockRecoveries: 0 }
  let use = { claims: 0, buckets: 0 }
  const logged: string[] = []
  const note = (level: string) => (facts: object, message: string) => {
    logged.push(`${level} ${JSON.stringify(facts)} ${message}`)
  }
  const log = { info: note('info'), warn: note('warn'), error: note('error') } as never
  const look = createAdmissionWatch({ admission, clocks, log })
  return {
    clock,
    admission,
    setUse: (next: typeof use) => {
      use = next
    },
    /** What is logged while so many seconds pass. */
    pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1_000)
        look()
      }
      return logged.splice(0)
    },
  }
}

test('says that the clock was set, by how much and where to, once', () => {
  const { clock, pass } = setUp()
  expect(pass(3)).toEqual([])
  clock.setWall(3_600_000)
  expect(pass(3)).toEqual(['warn {"set_by_ms":3600000} the clock of this machine was set ahead'])
  clock.setWall(-3_600_000)
  expect(pass(3)).toEqual(['warn {"set_by_ms":-3600000} the clock of this machine was set back'])
})

test('says that it is nearly full, before it is, and not again until it was less', () => {
  const { setUse, pass } = setUp()
  setUse({ claims: 79, buckets: 7 })
  expect(pass(20)).toEqual([])
  setUse({ claims: 80, buckets: 7 })
  expect(pass(20)).toEqual([
    'warn {"kind":"claims","held":80,"capacity":100} the admission is nearly full of claims; beyond, requests are answered with 503',
  ])
  setUse({ claims: 75, buckets: 9 })
  expect(pass(20)).toHaveLength(1)
  setUse({ claims: 90, buckets: 9 })
  expect(pass(20)).toEqual([])
  setUse({ claims: 10, buckets: 0 })
  expect(pass(20)).toEqual([])
  setUse({ claims: 90, buckets: 0 })
  expect(pass(20)).toHaveLength(1)
})

test('says that a thread lost the lock', () => {
  const { admission, pass } = setUp()
  admission.lockRecoveries = 1
  expect(pass(5)).toEqual([
    'error {"recoveries":1} the lock of the admission was taken from a thread that had ended or stood still',
  ])
})
