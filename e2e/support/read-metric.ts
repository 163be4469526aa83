import { setTimeout as sleep } from 'node:timers/promises'
import { call } from './call.ts'

/** A metric as the control plane on this port shows it: the sum over the lines that have these labels. */
export async function readMetric(port: number, name: string, labels: readonly string[]): Promise<number> {
  // Figures are given again for a second: those of now are the ones that are computed after it.
  await sleep(1_000)
  const { text } = await call({ port }, 'GET', '/metrics')
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && labels.every((it) => line.includes(it)))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
