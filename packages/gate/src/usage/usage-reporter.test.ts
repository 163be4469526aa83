import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Principal } from '../decision.ts'
import { createGate } from '../gate.ts'
import { createMemoryKeySource } from '../memory.ts'
import type { CountedMinute, UsageBatch } from './usage-counter.ts'
import { createUsageReporter, type NumberedBatch, reportDecisions } from './usage-reporter.ts'

const AT = 1_800_000_000_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Takes batches as the server does: a number of a reporter once. */
function createTaker() {
  const counted = new Map<string, number>()
  const uses = new Map<string, number>()
  let last = 0
  return {
    counted,
    uses,
    take({ sequence, minutes, lastUses }: NumberedBatch) {
      if (sequence <= last) return
      last = sequence
      for (const { id, allowed } of minutes) counted.set(id, (counted.get(id) ?? 0) + allowed)
      for (const { keyId, at } of lastUses) uses.set(keyId, at)
    },
  }
}

function batchOf(ids: readonly string[], at = AT): UsageBatch {
  return { minutes: ids.map((id) => minute(id)), lastUses: ids.map((keyId) => ({ keyId, at, ip: '' })) }
}

function minute(id: string): CountedMinute {
  return { subject: 'key', id, at: AT, allowed: 1, refused: 0, limited: 0, fault: 0 }
}

test('whatever answers are lost and whatever does not arrive, each decision counts once', async () => {
  const fates = fc.array(fc.constantFrom('taken', 'answer lost', 'not arrived'), { maxLength: 12 })
  const added = fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fates, added, fc.integer({ min: 1, max: 3 }), async (fates, added, maxRows) => {
      const taker = createTaker()
      const left = [...fates]
      const reporter = createUsageReporter({
        maxRows,
        async send(batch) {
          const fate = left.shift() ?? 'taken'
          expect(Math.max(batch.minutes.length, batch.lastUses.length)).toBeLessThanOrEqual(maxRows)
          if (fate !== 'not arrived') taker.take(batch)
          if (fate !== 'taken') throw new Error(fate)
        },
        failing: () => undefined,
        working: () => undefined,
      })
      for (const ids of added) {
        reporter.add(batchOf(ids))
        await vi.advanceTimersByTimeAsync(300)
      }
      await vi.advanceTimersByTimeAsync(1_000 * (fates.length + 1))
      await reporter.close()
      const all = added.flat()
      const expected = [...new Set(all)].map((id) => [id, all.filter((it) => it === id).length])
      expect(Object.fromEntries(taker.counted)).toEqual(Object.fromEntries(expected))
      expect([...taker.uses.keys()].sort()).toEqual([...new Set(all)].sort())
    }),
  )
})

test('says once that nothing arrives, and how much was dropped when it does again', async () => {
  const said: unknown[] = []
  let isDown = true
  let held = 0
  const reporter = createUsageReporter({
    async send({ minutes }) {
      if (isDown) throw new Error('down')
      held += minutes.length
    },
    failing: (fault) => said.push(String(fault)),
    working: (lost) => said.push(lost),
  })
  reporter.add(batchOf(['first']))
  await vi.advanceTimersByTimeAsync(3_000)
  for (let i = 0; i < 201; i++) {
    reporter.add({ minutes: Array.from({ length: 1_000 }, (_, j) => minute(`${i} ${j}`)), lastUses: [] })
  }
  isDown = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(said).toEqual(['Error: down', 1_000])
  expect(held).toBe(200_001)
  await reporter.close()
})

test('keeps the latest use of a key', async () => {
  const taker = createTaker()
  const reporter = createUsageReporter({
    send: async (batch) => taker.take(batch),
    failing: () => undefined,
    working: () => undefined,
  })
  reporter.add(batchOf(['k'], AT + 5))
  reporter.add(batchOf(['k'], AT))
  await reporter.close()
  expect(taker.uses.get('k')).toBe(AT + 5)
})

test('a gate tells the source of its keys of each decision, which is reported within a second', async () => {
  const taker = createTaker()
  const reporter = createUsageReporter({
    send: async (batch) => taker.take(batch),
    failing: () => undefined,
    working: () => undefined,
  })
  const decisions = reportDecisions(reporter, () => AT)
  const gate = createGate({ keys: { ...createMemoryKeySource(), decisions }, now: () => AT })
  await gate.decide({ method: 'GET', target: '/', ip: '203.0.113.7', header: () => undefined })
  const principal: Principal = { accountId: 'a', keyId: 'k', scopes: [], tier: 'basic', profile: 'access-headers' }
  decisions.decided({ allowed: principal }, { ip: '' })
  await vi.advanceTimersByTimeAsync(999)
  expect(taker.counted.get('k')).toBe(1)
  expect(taker.counted.has('credentials_missing')).toBe(true)
  await decisions.close()
})
