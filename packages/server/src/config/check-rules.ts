import { compileMatch, defaultBucket, RuleError, type RuleRow } from '@countersign/gate'
import { covers, patternOf } from './covers.ts'
import { quote } from './quote.ts'
import {
  accepting,
  listOf,
  objectOf,
  oneOf,
  type Path,
  type Reader,
  type Report,
  text,
  wholeNumber,
} from './readers.ts'
import type { Settings } from './settings.ts'

/** What rules refer to; `undefined` if it could not be read. */
export interface RuleSurroundings {
  readonly scopes: Settings['scopes'] | undefined
  readonly tiers: Settings['tiers'] | undefined
  readonly defaultCost: number | undefined
  readonly basePath: string | undefined
}

/** The usable rows of `rules`. Problems of the others are reported. */
export function checkRules(value: unknown, around: RuleSurroundings, report: Report): RuleRow[] {
  const { basePath = '' } = around
  const readRow = rowReader(around)
  const rows: (RuleRow | undefined)[] = []
  // The list's own reader accepts every row, so that a broken row does not hide problems of the others.
  const entries = listOf(
    (row) => ({ row }),
    'a list of 1 to 10000 rules; leave it out for the default ones: GET and HEAD need read, all else write',
    { atLeast: 1, atMost: 10_000 },
  )(value, ['rules'], report)
  for (const [i, { row }] of (entries ?? []).entries()) rows.push(readRow(row, ['rules', i], report))
  reportUnreachable(rows, basePath, report)
  return rows.filter((row) => row !== undefined)
}

function rowReader({ scopes, tiers, defaultCost, basePath = '' }: RuleSurroundings): Reader<RuleRow> {
  const buckets = tiers && commonBuckets(tiers)
  const readShape = objectOf<RuleRow>(
    {
      match: readMatch,
      under: oneOf(['root']),
      public: accepting((value) => (value === true ? value : undefined), 'true; leave it out where a key is needed'),
      scope: scopes ? oneOf(scopes) : text(/^/, 'a scope'),
      cost: wholeNumber(0, 1e9),
      bucket: buckets ? oneOf(buckets) : text(/^/, "a bucket's name"),
      replay: oneOf(['off', 'all', 'strict']),
      query: oneOf(['refuse']),
      minimumProfile: oneOf(['access-headers', 'http-message-signatures']),
    },
    ['match'],
  )
  return (value, path, report) => {
    const row = readShape(value, path, report)
    if (!row) return undefined
    if (row.public) return checkPublic(row, path, report)
    if (tiers && defaultCost !== undefined) checkCost(row, row.cost ?? defaultCost, tiers, path, report)
    return row
  }

  function readMatch(value: unknown, path: Path, report: Report): string | undefined {
    if (typeof value !== 'string') {
      report(path, `found ${quote(value)}, allowed: a method and a path, as in "GET /orders/*"`)
      return undefined
    }
    try {
      compileMatch({ match: value }, basePath)
      return value
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      report(path, error.message)
      return undefined
    }
  }
}

/** Requirements for a key have no effect if no key is needed. */
function checkPublic(row: RuleRow, path: Path, report: Report): RuleRow | undefined {
  const useless = (['scope', 'cost', 'bucket', 'replay', 'minimumProfile'] as const).filter(
    (key) => row[key] !== undefined,
  )
  for (const key of useless) report([...path, key], 'a public rule asks for no key: leave it out, or leave out public')
  return useless.length === 0 ? row : undefined
}

/** A request that costs more than its bucket holds when full could never pass. */
function checkCost(row: RuleRow, cost: number, tiers: Settings['tiers'], path: Path, report: Report): void {
  for (const name of bucketsOf(row)) {
    const [tier, capacity] = smallest(tiers, name)
    if (cost <= capacity) continue
    const holds = `what bucket "${name}" holds in tier "${tier}"`
    if (row.cost === undefined)
      report(path, `its cost is the default one, ${cost}; allowed: 0 to ${capacity}, ${holds}`)
    else report([...path, 'cost'], `found ${cost}, allowed: 0 to ${capacity}, ${holds}`)
  }
}

function bucketsOf({ match, bucket }: RuleRow): string[] {
  if (bucket !== undefined) return [bucket]
  const [method = ''] = match.split(' ')
  return method === '*' ? ['read', 'write'] : [defaultBucket(method)]
}

function smallest(tiers: Settings['tiers'], bucket: string): [tier: string, capacity: number] {
  const capacities = Object.entries(tiers).map(([tier, buckets]) => {
    return [tier, buckets[bucket]?.capacity ?? Number.POSITIVE_INFINITY] as [string, number]
  })
  return capacities.reduce((least, each) => (each[1] < least[1] ? each : least), ['', Number.POSITIVE_INFINITY])
}

/** The buckets that every tier has. */
function commonBuckets(tiers: Settings['tiers']): string[] {
  const [first = {}, ...others] = Object.values(tiers)
  return Object.keys(first).filter((bucket) => others.every((tier) => Object.hasOwn(tier, bucket)))
}

/** A rule that can never match, because of an earlier rule. Its requirements would silently have no effect. */
function reportUnreachable(rows: readonly (RuleRow | undefined)[], basePath: string, report: Report): void {
  const patterns = rows.map((row) => row && patternOf(row, basePath))
  for (const [i, later] of patterns.entries()) {
    if (!later) continue
    const before = patterns.slice(0, i).findIndex((earlier) => earlier && covers(earlier, later))
    if (before === -1) continue
    const what = quote(rows[before]?.match)
    report(['rules', i, 'match'], `can never match: rules[${before}], ${what}, comes first and takes all its requests`)
  }
}
