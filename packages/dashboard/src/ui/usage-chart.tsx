import { type KeyboardEvent, useId, useState } from 'react'
import { usePreference } from '../preferences.ts'
import { count } from './numbers.ts'
import { clockTime, dateOf, type Zone } from './times.ts'
import { useWidth } from './use-width.ts'

/** Counts of the time that starts `at`. */
export interface UsagePoint {
  /** Unix milliseconds. */
  readonly at: number
  readonly allowed: number
  readonly refused: number
  readonly limited: number
  readonly fault: number
}

interface UsageChartProps {
  /** One for each step, the oldest first, none left out. */
  readonly points: readonly UsagePoint[]
  readonly stepMs: number
}

const HEIGHT = { allowed: 112, not: 56 } as const
const AXIS_PX = 20

/** Allowed requests above, all others below on a scale of their own: 37 in 184,210 would vanish. One time axis. */
export function UsageChart({ points, stepMs }: UsageChartProps) {
  const [zone] = usePreference('times')
  const [box, width] = useWidth<HTMLDivElement>()
  const [at, setAt] = useState<number>()
  const id = useId()
  const slot = points.length === 0 ? 0 : width / points.length
  const bar = Math.max(1, slot - (slot > 4 ? 2 : slot > 2 ? 1 : 0))
  const most = Math.max(1, ...points.map(({ allowed }) => allowed))
  const mostNot = Math.max(1, ...points.map(notOf))
  const chosen = at === undefined ? undefined : points[at]

  const press = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, End: points.length, Home: -points.length }[event.key]
    if (step === undefined) return
    event.preventDefault()
    setAt(Math.min(points.length - 1, Math.max(0, (at ?? points.length - 1) + step)))
  }
  const rects = (row: readonly [keyof UsagePoint, string][], height: number, scale: number) =>
    points.map((point, i) => {
      let bottom = height
      return row.map(([name, fill]) => {
        const value = point[name]
        if (value === 0) return null
        const tall = Math.max(3, (value / scale) * (height - 4))
        bottom -= tall
        return <rect key={`${point.at}${name}`} x={i * slot} y={bottom} width={bar} height={tall} fill={fill} />
      })
    })

  return (
    <div>
      <div className="flex justify-between text-small text-muted">
        <span>
          allowed <span className="text-faint">(own scale, up to {count(most)})</span>
        </span>
      </div>
      <div
        ref={box}
        tabIndex={0}
        role="group"
        aria-label="Requests over time; arrow keys move"
        aria-describedby={`${id}-now`}
        onKeyDown={press}
        onFocus={() => setAt(at ?? points.length - 1)}
        onBlur={() => setAt(undefined)}
        onPointerMove={(event) => {
          const x = event.clientX - event.currentTarget.getBoundingClientRect().left
          if (slot > 0) setAt(Math.min(points.length - 1, Math.max(0, Math.floor(x / slot))))
        }}
        onPointerLeave={() => setAt(undefined)}
        className="relative rounded-chip"
        style={{ height: HEIGHT.allowed + HEIGHT.not + AXIS_PX + 24 }}
      >
        {width > 0 && (
          <svg width={width} height={HEIGHT.allowed + HEIGHT.not + AXIS_PX + 24} aria-hidden="true" className="block">
            <defs>
              <pattern
                id={`${id}-refused`}
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
              >
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
            {at !== undefined && (
              <rect
                x={at * slot}
                y={0}
                width={Math.max(bar, 1)}
                height={HEIGHT.allowed + HEIGHT.not + 24}
                fill="var(--selected)"
              />
            )}
            <g>{rects([['allowed', 'var(--ok-graphic)']], HEIGHT.allowed, most)}</g>
            <path d={`M0 ${HEIGHT.allowed + 0.5}H${width}`} stroke="var(--line)" />
            <g transform={`translate(0 ${HEIGHT.allowed + 24})`}>
              {rects(
                [
                  ['refused', `url(#${id}-refused)`],
                  ['limited', `url(#${id}-limited)`],
                  ['fault', `url(#${id}-fault)`],
                ],
                HEIGHT.not,
                mostNot,
              )}
              <path d={`M0 ${HEIGHT.not + 0.5}H${width}`} stroke="var(--line)" />
            </g>
            <text x="0" y={HEIGHT.allowed + 18} className="fill-muted text-small">
              not allowed <tspan className="fill-faint">(own scale, up to {count(mostNot)})</tspan>
            </text>
            {ticksOf(points, width).map(({ x, at: tickAt, anchor }) => (
              <text
                key={tickAt}
                x={x}
                y={HEIGHT.allowed + HEIGHT.not + 24 + 15}
                textAnchor={anchor}
                className="fill-faint text-small"
              >
                {label(tickAt, stepMs, zone)}
              </text>
            ))}
          </svg>
        )}
      </div>
      <p id={`${id}-now`} aria-live="polite" className="min-h-5 text-small text-muted">
        {chosen
          ? `${label(chosen.at, stepMs, zone, true)}: ${wordsOf(chosen)}`
          : 'Hatched: refused. Dotted: limited. Crossed: fault.'}
      </p>
    </div>
  )
}

/** The same as a table. */
export function UsageTable({ points, stepMs }: UsageChartProps) {
  const [zone] = usePreference('times')
  const some = points.filter((point) => point.allowed + notOf(point) > 0)
  if (some.length === 0) return <p className="text-muted">No requests in this time.</p>
  return (
    <div tabIndex={0} role="group" aria-label="Usage as a table" className="max-h-80 overflow-auto">
      <table className="w-full text-right">
        <thead className="text-small text-muted">
          <tr>
            {['From', 'Allowed', 'Refused', 'Limited', 'Faults'].map((name, i) => (
              <th key={name} scope="col" className={`py-1 pr-3 font-medium ${i === 0 ? 'text-left' : ''}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {some.map((point) => (
            <tr key={point.at} className="border-t border-line">
              <th scope="row" className="py-1 pr-3 text-left font-normal">
                {label(point.at, stepMs, zone, true)}
              </th>
              <td className="pr-3">{count(point.allowed)}</td>
              <td className="pr-3">{count(point.refused)}</td>
              <td className="pr-3">{count(point.limited)}</td>
              <td className="pr-3">{count(point.fault)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** "184,210 allowed · 37 refused · 2 limited · 0 faults". */
export function wordsOf({ allowed, refused, limited, fault }: Omit<UsagePoint, 'at'>): string {
  return `${count(allowed)} allowed · ${count(refused)} refused · ${count(limited)} limited · ${count(fault)} ${fault === 1 ? 'fault' : 'faults'}`
}

function notOf({ refused, limited, fault }: UsagePoint): number {
  return refused + limited + fault
}

function ticksOf(points: readonly UsagePoint[], width: number) {
  const wanted = Math.max(2, Math.min(7, Math.floor(width / 110)))
  return Array.from({ length: wanted }, (_, i) => {
    const index = Math.round((i / (wanted - 1)) * (points.length - 1))
    const anchor = i === 0 ? ('start' as const) : i === wanted - 1 ? ('end' as const) : ('middle' as const)
    const x = i === 0 ? 0 : i === wanted - 1 ? width : ((index + 0.5) / points.length) * width
    return { x, at: points[index]?.at ?? 0, anchor }
  }).filter(({ at }, i, all) => all.findIndex((other) => other.at === at) === i)
}

const HOUR_MS = 3_600_000

function label(at: number, stepMs: number, zone: Zone, isWhole = false): string {
  const day = dateOf(at, at, zone)
  if (stepMs > HOUR_MS) return day
  const clock = clockTime(at, zone)
  if (isWhole) return `${day} ${clock}`
  return stepMs === HOUR_MS && clock === '00:00' ? day : clock
}
