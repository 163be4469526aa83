import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react'
import { usePreference } from '../preferences.ts'
import { count } from '../ui/numbers.ts'
import { useWidth } from '../ui/use-width.ts'
import { ChartDrawing } from './chart-drawing.tsx'
import { CHART_PX, layOut, stepByKey, stepLabel } from './chart-layout.ts'
import type { UsageSeries } from './usage-point.ts'
import { usageWords } from './usage-words.ts'

/** Allowed requests above, all others below. Each has its own scale: 37 beside 184,210 would not be seen. */
export function UsageChart({ points, stepMs }: UsageSeries) {
  const [zone] = usePreference('times')
  const [box, width] = useWidth<HTMLDivElement>()
  const [at, setAt] = useState<number>()
  const id = useId()
  const layout = layOut(points, width)
  const chosen = at === undefined ? undefined : points[at]

  const press = (event: KeyboardEvent) => {
    const next = stepByKey(event.key, at, points.length)
    if (next === undefined) return
    event.preventDefault()
    setAt(next)
  }
  const point = (event: PointerEvent) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left
    if (layout.slot > 0) setAt(Math.min(points.length - 1, Math.max(0, Math.floor(x / layout.slot))))
  }
  return (
    <div>
      <div className="flex justify-between text-small text-muted">
        <span>
          allowed <span className="text-faint">(own scale, up to {count(layout.most)})</span>
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
        onPointerMove={point}
        onPointerLeave={() => setAt(undefined)}
        className="relative rounded-chip"
        style={{ height: CHART_PX }}
      >
        {width > 0 && <ChartDrawing points={points} stepMs={stepMs} layout={layout} at={at} />}
      </div>
      <p id={`${id}-now`} aria-live="polite" className="min-h-5 text-small text-muted">
        {chosen
          ? `${stepLabel(chosen.at, stepMs, zone, true)}: ${usageWords(chosen)}`
          : 'Hatched: refused. Dotted: limited. Crossed: fault.'}
      </p>
    </div>
  )
}
