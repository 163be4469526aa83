import { clockTime, dateOf, type Zone } from '../ui/times.ts'
import type { UsagePoint } from './usage-point.ts'

/** Heights in pixels: bars of allowed requests, bars of all others, the line between them, the time axis. */
export const HEIGHT = { allowed: 112, not: 56, between: 24, axis: 20 } as const

/** The height of the whole chart in pixels. */
export const CHART_PX = HEIGHT.allowed + HEIGHT.not + HEIGHT.between + HEIGHT.axis

/** Where things are in a chart of this width, in pixels. */
export interface ChartLayout {
  readonly width: number
  /** The width of one step, and of its bar. */
  readonly slot: number
  readonly bar: number
  /** The largest counts: what the two scales go up to, at least 1. */
  readonly most: number
  readonly mostNot: number
}

/** Lays out a chart. */
export function layOut(points: readonly UsagePoint[], width: number): ChartLayout {
  const slot = points.length === 0 ? 0 : width / points.length
  return {
    width,
    slot,
    bar: Math.max(1, slot - (slot > 4 ? 2 : slot > 2 ? 1 : 0)),
    most: Math.max(1, ...points.map(({ allowed }) => allowed)),
    mostNot: Math.max(1, ...points.map(notAllowed)),
  }
}

/** All requests that were not allowed. */
export function notAllowed({ refused, limited, fault }: UsagePoint): number {
  return refused + limited + fault
}

/** One bar of a stack, in pixels from the top of its part. */
export interface Bar {
  readonly name: Outcome
  readonly y: number
  readonly height: number
}

/** What a count is of. */
export type Outcome = 'allowed' | 'refused' | 'limited' | 'fault'

const SMALLEST_BAR_PX = 3

/** The bars of one step, stacked from the bottom. A count that is not 0 is always seen. */
export function stack(point: UsagePoint, names: readonly Outcome[], height: number, most: number): Bar[] {
  let bottom = height
  return names
    .filter((name) => point[name] > 0)
    .map((name) => {
      const tall = Math.max(SMALLEST_BAR_PX, (point[name] / most) * (height - 4))
      bottom -= tall
      return { name, y: bottom, height: tall }
    })
}

/** The step that a key of the keyboard leads to from step `at`, the last one at first; `undefined` for other keys. */
export function stepByKey(key: string, at: number | undefined, steps: number): number | undefined {
  const by = { ArrowRight: 1, ArrowLeft: -1, End: steps, Home: -steps }[key]
  if (by === undefined) return undefined
  return Math.min(steps - 1, Math.max(0, (at ?? steps - 1) + by))
}

/** A label of the time axis. */
export interface Tick {
  readonly x: number
  /** Unix milliseconds. */
  readonly at: number
  readonly anchor: 'start' | 'middle' | 'end'
}

/** The labels of the time axis: the first and the last step, and as many between them as there is room for. */
export function ticksOf(points: readonly UsagePoint[], width: number): Tick[] {
  const wanted = Math.max(2, Math.min(7, Math.floor(width / 110)))
  return Array.from({ length: wanted }, (_, i): Tick => {
    const index = Math.round((i / (wanted - 1)) * (points.length - 1))
    const at = points[index]?.at ?? 0
    if (i === 0) return { x: 0, at, anchor: 'start' }
    if (i === wanted - 1) return { x: width, at, anchor: 'end' }
    return { x: ((index + 0.5) / points.length) * width, at, anchor: 'middle' }
  }).filter(({ at }, i, all) => all.findIndex((other) => other.at === at) === i)
}

const HOUR_MS = 3_600_000

/** The time of a step: "14:00", "28 Nov" at midnight and for days; "28 Nov 14:00" where it is to be whole. */
export function stepLabel(at: number, stepMs: number, zone: Zone, isWhole = false): string {
  const day = dateOf(at, at, zone)
  if (stepMs > HOUR_MS) return day
  const clock = clockTime(at, zone)
  if (isWhole) return `${day} ${clock}`
  return stepMs === HOUR_MS && clock === '00:00' ? day : clock
}
