import type { Style } from './style.ts'

/** Characters of a chart; each stands for as many counts. */
const WIDTH = 8

/** Counts as a chart of eight characters on its own scale. The lowest character means zero. */
export function sparkline(counts: readonly number[], { signs }: Pick<Style, 'signs'>): string {
  const steps = [...signs.spark]
  const each = Math.max(1, Math.ceil(counts.length / WIDTH))
  const sums = Array.from({ length: WIDTH }, (_, i) =>
    counts.slice(i * each, (i + 1) * each).reduce((total, count) => total + count, 0),
  )
  const most = Math.max(...sums)
  return sums.map((sum) => steps[most === 0 ? 0 : Math.ceil((sum / most) * (steps.length - 1))]).join('')
}
