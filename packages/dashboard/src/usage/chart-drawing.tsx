import { useId } from 'react'
import { usePreference } from '../preferences.ts'
import { count } from '../ui/numbers.ts'
import { CHART_PX, type ChartLayout, HEIGHT, type Outcome, stack, stepLabel, ticksOf } from './chart-layout.ts'
import type { UsagePoint, UsageSeries } from './usage-point.ts'

interface ChartDrawingProps extends UsageSeries {
  readonly layout: ChartLayout
  /** The step that is looked at. */
  readonly at: number | undefined
}

/** The bars, their patterns, and the axis. */
export function ChartDrawing({ points, stepMs, layout, at }: ChartDrawingProps) {
  const [zone] = usePreference('times')
  const id = useId()
  const { width, slot, bar, most, mostNot } = layout
  const belowTop = HEIGHT.allowed + HEIGHT.between
  const fills = {
    allowed: 'var(--ok-graphic)',
    refused: `url(#${id}-refused)`,
    limited: `url(#${id}-limited)`,
    fault: `url(#${id}-fault)`,
  }
  const bars = { points, layout, fills }
  return (
    <svg width={width} height={CHART_PX} aria-hidden="true" className="block">
      <Patterns id={id} />
      {at !== undefined && (
        <rect x={at * slot} y={0} width={bar} height={belowTop + HEIGHT.not} fill="var(--selected)" />
      )}
      <g>
        <Bars {...bars} names={['allowed']} height={HEIGHT.allowed} most={most} />
      </g>
      <path d={`M0 ${HEIGHT.allowed + 0.5}H${width}`} stroke="var(--line)" />
      <g transform={`translate(0 ${belowTop})`}>
        <Bars {...bars} names={['refused', 'limited', 'fault']} height={HEIGHT.not} most={mostNot} />
        <path d={`M0 ${HEIGHT.not + 0.5}H${width}`} stroke="var(--line)" />
      </g>
      <text x="0" y={HEIGHT.allowed + 18} className="fill-muted text-small">
        not allowed <tspan className="fill-faint">(own scale, up to {count(mostNot)})</tspan>
      </text>
      {ticksOf(points, width).map((tick) => (
        <text
          key={tick.at}
          x={tick.x}
          y={belowTop + HEIGHT.not + 15}
          textAnchor={tick.anchor}
          className="fill-faint text-small"
        >
          {stepLabel(tick.at, stepMs, zone)}
        </text>
      ))}
    </svg>
  )
}

interface BarsProps {
  readonly points: readonly UsagePoint[]
  readonly layout: ChartLayout
  readonly names: readonly Outcome[]
  readonly height: number
  readonly most: number
  readonly fills: Readonly<Record<Outcome, string>>
}

function Bars({ points, layout: { slot, bar }, names, height, most, fills }: BarsProps) {
  return points.flatMap((point, i) =>
    stack(point, names, height, most).map(({ name, y, height: tall }) => (
      <rect key={`${point.at}${name}`} x={i * slot} y={y} width={bar} height={tall} fill={fills[name]} />
    )),
  )
}

/** A pattern for each outcome, so that colour is not needed. */
function Patterns({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={`${id}-refused`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="6" height="6" fill="var(--bad-soft)" />
        <rect width="3" height="6" fill="var(--bad-graphic)" />
      </pattern>
      <pattern id={`${id}-limited`} width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" fill="var(--warn-soft)" />
        <circle cx="2.5" cy="2.5" r="1.5" fill="var(--warn-graphic)" />
      </pattern>
      <pattern id={`${id}-fault`} width="6" height="6" patternUnits="userSpaceOnUse">
        <rect width="6" height="6" fill="var(--off-soft)" />
        <path d="M0 0 6 6M6 0 0 6" stroke="var(--text)" strokeWidth="1.4" />
      </pattern>
    </defs>
  )
}
