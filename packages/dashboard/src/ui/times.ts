const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How a time zone is chosen. */
export type Zone = 'local' | 'utc'

/** "2 min ago", "in 6 d 23 h"; a date where it is more than a month ago. */
export function relativeTime(atMs: number, nowMs: number, zone: Zone): string {
  const distance = atMs - nowMs
  if (distance > 0) return `in ${duration(distance)}`
  if (distance > -MINUTE) return 'just now'
  if (distance > -HOUR) return `${Math.floor(-distance / MINUTE)} min ago`
  if (distance > -DAY) return `${Math.floor(-distance / HOUR)} h ago`
  if (distance > -30 * DAY) return `${Math.floor(-distance / DAY)} d ago`
  return dateOf(atMs, nowMs, zone)
}

/** The two largest units: "6 d 23 h", "9 min 12 s". */
export function duration(ms: number): string {
  const units = [
    [Math.floor(ms / DAY), 'd'],
    [Math.floor(ms / HOUR) % 24, 'h'],
    [Math.floor(ms / MINUTE) % 60, 'min'],
    [Math.floor(ms / 1000) % 60, 's'],
  ] as const
  const first = units.findIndex(([value]) => value > 0)
  if (first === -1) return 'under 1 s'
  return units
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ')
}

/** "12 Oct", with the year where it is not this one. */
export function dateOf(atMs: number, nowMs: number, zone: Zone): string {
  const at = partsOf(atMs, zone)
  return at.year === partsOf(nowMs, zone).year ? `${at.day} ${at.month}` : `${at.day} ${at.month} ${at.year}`
}

/** "14:02"; "14:02:07" with seconds. */
export function clockTime(atMs: number, zone: Zone, withSeconds = false): string {
  const { hour, minute, second } = partsOf(atMs, zone)
  return withSeconds ? `${hour}:${minute}:${second}` : `${hour}:${minute}`
}

/** "21 Nov 2026, 14:02:07 UTC+1". */
export function fullTime(atMs: number, zone: Zone): string {
  const { day, month, year } = partsOf(atMs, zone)
  return `${day} ${month} ${year}, ${clockTime(atMs, zone, true)} ${zoneName(atMs, zone)}`
}

/** "UTC", "UTC+1", "UTC-3:30". */
export function zoneName(atMs: number, zone: Zone): string {
  const minutes = zone === 'utc' ? 0 : -new Date(atMs).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const rest = Math.abs(minutes) % 60
  const hours = Math.floor(Math.abs(minutes) / 60)
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function partsOf(atMs: number, zone: Zone) {
  const shift = zone === 'utc' ? 0 : new Date(atMs).getTimezoneOffset() * MINUTE
  const at = new Date(atMs - shift)
  const two = (value: number) => String(value).padStart(2, '0')
  return {
    day: at.getUTCDate(),
    month: MONTHS[at.getUTCMonth()] ?? '',
    year: at.getUTCFullYear(),
    hour: two(at.getUTCHours()),
    minute: two(at.getUTCMinutes()),
    second: two(at.getUTCSeconds()),
  }
}
