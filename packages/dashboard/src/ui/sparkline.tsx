import { memo } from 'react'
import { count } from './numbers.ts'

interface SparklineProps {
  /** Requests an hour, the oldest first. */
  readonly allowed: readonly number[]
  readonly notAllowed: readonly number[]
}

const WIDTH = 96
const HEIGHT = 24
const BASE = 16
const STEP = WIDTH / 24

/** A day of a key: bars up for what was allowed, ticks below for what was not. */
export const Sparkline = memo(function Sparkline({ allowed, notAllowed }: SparklineProps) {
  const most = Math.max(1, ...allowed)
  const label = `${count(sum(allowed))} allowed, ${count(sum(notAllowed))} not, last 24 h`
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
      className="block"
    >
      <title>{label}</title>
      <path d={`M0 ${BASE + 0.5}H${WIDTH}`} className="stroke-line" />
      <path d={bars(allowed, (value) => Math.max(2, (value / most) * (BASE - 1)))} className="fill-off-graphic" />
      <path d={ticks(notAllowed)} className="fill-bad-graphic" />
    </svg>
  )
})

/** The space of a sparkline that is not there yet. */
export function SparklineSpace() {
  return <span className="skeleton block" style={{ width: WIDTH, height: HEIGHT }} />
}

function bars(values: readonly number[], heightOf: (value: number) => number): string {
  return values
    .map((value, i) => {
      if (value === 0) return ''
      const height = heightOf(value)
      return `M${i * STEP + 0.5} ${BASE}v${-height}h${STEP - 1}v${height}z`
    })
    .join('')
}

function ticks(values: readonly number[]): string {
  return values
    .map((value, i) => (value === 0 ? '' : `M${i * STEP + 0.5} ${BASE + 2}h${STEP - 1}v5h${1 - STEP}z`))
    .join('')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
