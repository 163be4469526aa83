import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createLimitsReached } from './limits-reached.ts'
import { createLogger } from './log.ts'

test('every refusal is counted by its limit, and the log warns once a minute of each limit: that it is nearly reached, and that it is', async () => {
  const registry = new Registry()
  const lines: string[] = []
  const limits = createLimitsReached(registry, createLogger('info', { write: (line) => void lines.push(line) }))
  for (let i = 0; i < 3; i++) limits.reached('gate_streams', { open: 256 })
  limits.nearlyReached('audit_quota', { bytes: 80 })
  limits.reached('audit_quota', { bytes: 100 })
  const text = await registry.metrics()
  expect(text).toContain('countersign_limits_reached_total{limit="gate_streams"} 3')
  expect(text).toContain('countersign_limits_reached_total{limit="audit_quota"} 1')
  expect(text).toContain('countersign_limits_reached_total{limit="account_reads"} 0')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, limit: 'gate_streams', open: 256, msg: expect.stringContaining('as many streams') },
    { level: 40, limit: 'audit_quota', bytes: 80, msg: expect.stringContaining('nearly') },
    { level: 40, limit: 'audit_quota', bytes: 100, msg: expect.stringContaining('has used its hour') },
  ])
})
