import { compileMatch, defaultBucket, RuleError, type RuleRow } from '@countersign/gate'
import { Type } from 'typebox'
import { ConfigSchema } from './config-schema.ts'
import { covers, patternOf } from './covers.ts'
import type { Path, Report } from './path-text.ts'
import { quote } from './quote.ts'
import { readValue } from './read-value.ts'
import { RuleSchema } from './rule-schema.ts'
import { closed } from './schema-parts.ts'
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
  const { tiers, defaultCost, basePath = '' } = around
  const broken = new Set<unknown>()
  const note: Report = (path, problem) => {
    broken.add(path[1])
    report(path, problem)
  }
  const { items, ...options } = ConfigSchema.properties.rules
  const schema = rowSchema(around)
  // The rows are read one by one, so that a broken row does not hide problems of the others.
  const entries = readValue(Type.Array(Type.Unknown(), options), value, ['rules'], report)
  const rows = (Array.isArray(entries) ? entries : []).map((entry: unknown, i) => {
    const path = ['rules', i]
    const row = readValue(schema, entry, path, note) as RuleRow | undefined
    if (typeof row?.match === 'string') checkMatch(row.match, basePath, [...path, 'match'], note)
    if (!row || broken.has(i)) return undefined
    if (row.public) return checkPublic(row, path, report)
    if (tiers && defaultCost !== undefined) checkCost(row, row.cost ?? defaultCost, tiers, path, report)
    return row
  })
  reportUnreachable(rows, basePath, report)
  return rows.filter((row) => row !== undefined)
}

/** A rule, with the scopes and buckets that this configuration has. */
function rowSchema({ scopes, tiers }: RuleSurroundings) {
  const { properties } = RuleSchema
  return closed({
    ...properties,
    scope: scopes ? Type.Optional(Type.Enum([...scopes])) : properties.scope,
    bucket: tiers ? Type.Optional(Type.Enum(commonBuckets(tiers))) : properties.bucket,
  })
}

function checkMatch(match: string, basePath: string, path: Path, report: Report): void {
  try {
    compileMatch({ match }, basePath)
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    report(path, error.message)
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
