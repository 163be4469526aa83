import { expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { watchClock } from './watch-clock.ts'

describeOnEachDatabase('the clock of a node', ({ dialect, database, connect }) => {
  function setUp(on = database()) {
    const lines: string[] = []
    const told: boolean[] = []
    const clock = { aheadMs: 0 }
    const note = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`)
    const watch = watchClock({
      database: on,
      now: () => Date.now() + clock.aheadMs,
      log: { info: note('info'), error: note('error') } as never,
      compared: (isOff) => void told.push(isOff),
    })
    return { watch, clock, lines, told }
  }

  if (dialect === 'sqlite') {
    test('is that of the database', async () => {
      const { watch, clock, told } = setUp()
      using _ = watch
      clock.aheadMs = 3_600_000
      await watch.compare()
      expect([watch.isOff(), watch.offsetMs(), told]).toEqual([false, undefined, []])
    })
    return
  }

  test.each([
    [2_000, false],
    [-2_000, false],
    [3_000, true],
    [-3_000, true],
  ])('%i ms ahead of the database: off %s', async (aheadMs, isOff) => {
    const { watch, clock, told } = setUp()
    using _ = watch
    clock.aheadMs = aheadMs
    await compared(watch)
    expect([watch.isOff(), told.at(-1)]).toEqual([isOff, isOff])
    expect(Math.abs((watch.offsetMs() ?? 0) + aheadMs)).toBeLessThan(500)
  })

  test('is told once when it differs and once when it agrees again', async () => {
    const { watch, clock, lines } = setUp()
    using _ = watch
    await compared(watch)
    expect(lines).toEqual([])
    clock.aheadMs = 3_600_000
    await compared(watch)
    await compared(watch)
    expect(lines).toEqual([expect.stringMatching(/^error .*differ by more than 2\.5 s: this node is not ready$/)])
    clock.aheadMs = 0
    await compared(watch)
    expect([watch.isOff(), ...lines.slice(1)]).toEqual([false, expect.stringMatching(/^info .*agree again$/)])
  })

  test('is what it was while the database does not answer', async () => {
    const own = await connect()
    const { watch, clock } = setUp(own)
    using _ = watch
    clock.aheadMs = 3_000
    await compared(watch)
    await own.close()
    clock.aheadMs = 0
    await watch.compare()
    expect(watch.isOff()).toBe(true)
  })

  /** Compares until an answer came soon enough to say something. */
  async function compared(watch: ReturnType<typeof watchClock>): Promise<void> {
    const before = watch.offsetMs()
    for (let tries = 0; tries < 20; tries++) {
      await watch.compare()
      if (watch.offsetMs() !== before) return
    }
  }
})
