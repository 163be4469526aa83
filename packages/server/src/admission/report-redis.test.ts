import { expect, test } from 'vitest'
import { reportRedis } from './report-redis.ts'

function setUp() {
  const lines: string[] = []
  let nowMs = 0
  const note = (level: string) => (facts: object, message: string) => {
    lines.push(`${level} ${JSON.stringify(facts)} ${message}`)
  }
  const report = reportRedis({ info: note('info'), warn: note('warn') } as never, () => nowMs)
  return {
    report,
    pass: (ms: number) => {
      nowMs += ms
    },
    said: () => lines.splice(0),
  }
}

test('a Redis that stays down is told once a minute, by kind and problem; that it is back is always told', () => {
  const { report, pass, said } = setUp()
  const server = 'redis-1:6379'
  const down = () => {
    report({ kind: 'lost', server, message: 'closed' })
    report({ kind: 'problem', problem: 'no_answer', server, message: 'late' })
    report({ kind: 'problem', problem: 'auth', server, message: 'NOPERM' })
    report({ kind: 'circuit_open', server })
  }
  down()
  expect(said()).toEqual([
    'warn {"server":"redis-1:6379","message":"closed"} the connection to Redis ended; it is tried again',
    'warn {"problem":"no_answer","server":"redis-1:6379","message":"late"} Redis did not answer',
    expect.stringContaining('Redis refuses the user or the password'),
    expect.stringContaining('requests are answered without it'),
  ])
  pass(59_999)
  down()
  expect(said()).toEqual([])
  report({ kind: 'circuit_closed', server, afterMs: 60_000 })
  expect(said()).toEqual(['info {"server":"redis-1:6379","afterMs":60000} Redis decides again'])
  // Its opening was not told, so its end is not either.
  report({ kind: 'circuit_open', server })
  report({ kind: 'circuit_closed', server, afterMs: 1 })
  expect(said()).toEqual([])
  pass(1)
  down()
  expect(said()).toHaveLength(4)
})

test('that it is connected is told at the start, and each time that its end was told', () => {
  const { report, said } = setUp()
  const server = 'a:1'
  for (let i = 0; i < 3; i++) {
    report({ kind: 'connected', server })
    report({ kind: 'lost', server, message: 'closed' })
  }
  report({ kind: 'connected', server })
  expect(said().map((line) => line.split('} ')[1])).toEqual([
    'Redis is connected',
    'the connection to Redis ended; it is tried again',
    'Redis is connected',
  ])
})

test('clocks that differ are told, and that they agree again', () => {
  const { report, said } = setUp()
  report({ kind: 'clock_off', server: 'a:1', offsetMs: -3_000 })
  report({ kind: 'clock_right', server: 'a:1' })
  expect(said()).toEqual([
    'warn {"server":"a:1","offsetMs":-3000} the clocks of this node and of Redis differ by more than 2.5 s: claims are refused, and this node is not ready',
    'info {"server":"a:1"} the clocks of this node and of Redis agree again',
  ])
})
