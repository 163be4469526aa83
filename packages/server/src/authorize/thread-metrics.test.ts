import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { ThreadMetrics } from './thread-metrics.ts'

async function answerOf(decisions: number, ageSeconds: number): Promise<object[]> {
  const registry = new Registry()
  new Counter({ name: 'decisions_total', help: 'h', registers: [registry] }).inc(decisions)
  new Gauge({ name: 'age_seconds', help: 'h', registers: [registry], aggregator: 'max' }).set(ageSeconds)
  return registry.getMetricsAsJSON()
}

async function shown(all: readonly (readonly object[])[]): Promise<string[]> {
  const text = await AggregatorRegistry.aggregate(all as object[]).metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('no sum falls while a thread does not answer or is started again; a gauge of it is left out', async () => {
  const metrics = new ThreadMetrics()
  expect(await shown(metrics.sum(await answerOf(5, 1)))).toEqual(['decisions_total 5', 'age_seconds 1'])
  expect(await shown(metrics.sum(undefined))).toEqual(['decisions_total 5'])
  await metrics.threadEnded()
  expect(await shown(metrics.sum(undefined))).toEqual(['decisions_total 5'])
  expect(await shown(metrics.sum(await answerOf(2, 3)))).toEqual(['decisions_total 7', 'age_seconds 3'])
  await metrics.threadEnded()
  await metrics.threadEnded()
  expect(await shown(metrics.sum(await answerOf(1, 0)))).toEqual(['decisions_total 8', 'age_seconds 0'])
})

test('a thread that ended before it was ever asked leaves nothing', async () => {
  const metrics = new ThreadMetrics()
  await metrics.threadEnded()
  expect(await shown(metrics.sum(await answerOf(3, 1)))).toEqual(['decisions_total 3', 'age_seconds 1'])
})
