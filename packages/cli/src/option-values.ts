import { keyNameProblem, normalizeKeyName, subaccountProblem } from '@countersign/api/key-rules'
import { InvalidArgumentError } from 'commander'

/** `--name`, `--account`: as it will be kept. */
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
