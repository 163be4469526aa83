import { keyNameProblem, normalizeKeyName, subaccountProblem } from '@countersign/api/key-rules'
import { InvalidArgumentError } from 'commander'

/** `--name`, `--account`: as it will be stored. */
export function parseName(text: string): string {
  const problem = keyNameProblem(text)
  if (problem) throw new InvalidArgumentError(`A name ${problem}.`)
  return normalizeKeyName(text)
}

/** `--scopes a,b` */
export function parseScopes(text: string): string[] {
  const scopes = text.split(',').map((scope) => scope.trim())
  if (scopes.includes('')) throw new InvalidArgumentError('Give scopes with commas between them: read,write.')
  return scopes
}

/** `--subaccount N` */
export function parseSubaccount(text: string): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  const problem = subaccountProblem(number)
  if (problem) throw new InvalidArgumentError(`A sub-account ${problem}.`)
  return number
}

/** `--port N` */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

/** `--workers N` */
export function parseWorkers(text: string): number {
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (workers >= 1 && workers <= 256) return workers
  throw new InvalidArgumentError('Threads are a number from 1 to 256.')
}

/** `--last 24h`, in milliseconds. */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNITS[unit] ?? 0)
  if (milliseconds > 0) return milliseconds
  throw new InvalidArgumentError('A time is a number with m, h or d: 90m, 24h, 7d.')
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The value that removes a restriction; commander does not keep `null`. */
export const NOTHING = 'nothing'

/** `--expires 30d`, an ISO 8601 time, or `never`: Unix milliseconds. */
export function expiryReader(now: () => number): (text: string) => number | typeof NOTHING {
  return (text) => {
    if (text === 'never') return NOTHING
    const time = /^\d+[smhd]$/.test(text) ? now() + parseDuration(text) : isoTime(text)
    if (Number.isFinite(time)) return time
    throw new InvalidArgumentError('Give a time from now (30d, 12h), an ISO 8601 time with its zone, or never.')
  }
}

/** `--allow 203.0.113.0/24,2001:db8::/32`, or `everywhere`. The server checks the networks. */
export function parseAllowlist(text: string): string[] | typeof NOTHING {
  return text === 'everywhere' ? NOTHING : text.split(',').map((range) => range.trim())
}

/** `--bucket CAPACITY:REFILL`, or `none`. */
export function parseBucket(text: string): { bucket_capacity: number; refill_rate: number } | typeof NOTHING {
  if (text === 'none') return NOTHING
  const [, capacity, refill] = /^(\d{1,10}):(\d{1,10}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (capacity !== undefined && refill !== undefined) {
    return { bucket_capacity: Number(capacity), refill_rate: Number(refill) }
  }
  throw new InvalidArgumentError('Give tokens when full and tokens a second, as in 100:10, or none.')
}

/** `--metadata name=text`, repeated for each; `none` alone removes all. */
export function collectMetadata(text: string, before: Record<string, string> = {}): Record<string, string> {
  if (text === 'none') return {}
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Give a name and a text, as in team=pricing, or none.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

function isoTime(text: string): number {
  return /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
}

/** Whether none of the options that name a change was given. */
export function changesNothing(change: object): boolean {
  return Object.values(change).every((value) => value === undefined)
}
