import { usePreference } from '../preferences.ts'
import { count } from '../ui/numbers.ts'
import { notAllowed, stepLabel } from './chart-layout.ts'
import type { UsageSeries } from './usage-point.ts'

/** Usage over time as a table; steps without requests are left out. */
export function UsageTable({ points, stepMs }: UsageSeries) {
  const [zone] = usePreference('times')
  const some = points.filter((point) => point.allowed + notAllowed(point) > 0)
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
                {stepLabel(point.at, stepMs, zone, true)}
              </th>
              {(['allowed', 'refused', 'limited', 'fault'] as const).map((name) => (
                <td key={name} className="pr-3">
                  {count(point[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
