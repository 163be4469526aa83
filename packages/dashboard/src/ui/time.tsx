import { Tooltip } from 'radix-ui'
import { usePreference } from '../preferences.ts'
import { clockTime, dateOf, fullTime, relativeTime } from './times.ts'
import { useNow } from './use-now.ts'

interface TimeProps {
  /** Unix milliseconds. */
  readonly at: number
  readonly mode?: 'relative' | 'full' | 'date' | 'clock'
  /** For lists: not focusable, the whole time in a title. */
  readonly plain?: boolean
  /** Shown below the whole time. */
  readonly note?: string
}

/** A time in the zone that the person chose; UTC and ISO on hover, focus and tap. */
export function Time({ at, mode = 'relative', plain = false, note }: TimeProps) {
  const [zone] = usePreference('times')
  const now = useNow()
  const iso = new Date(at).toISOString()
  const text =
    mode === 'relative'
      ? relativeTime(at, now, zone)
      : mode === 'date'
        ? dateOf(at, now, zone)
        : mode === 'clock'
          ? clockTime(at, zone, true)
          : fullTime(at, zone)
  const whole = [fullTime(at, 'local'), fullTime(at, 'utc'), iso, note].filter((line) => line !== undefined)
  const lines = [...new Set(whole)]
  if (plain) {
    return (
      <time dateTime={iso} title={lines.join('\n')} className="whitespace-nowrap">
        {text}
      </time>
    )
  }
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          className="cursor-help rounded-chip whitespace-nowrap"
          onClick={(event) => event.preventDefault()}
        >
          <time dateTime={iso}>{text}</time>
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          className="appear z-50 rounded-control border border-line bg-raised p-2 text-small shadow-raised"
        >
          {lines.map((line) => (
            <div key={line}>{line}</div>
          ))}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
