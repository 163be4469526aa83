import {
  IsArray,
  IsEnum,
  IsInteger,
  IsNumber,
  IsObject,
  IsRecord,
  type TArray,
  type TObject,
  type TRecord,
  type TSchema,
} from 'typebox'
import { Check, Errors } from 'typebox/value'
import { nearest } from './nearest.ts'
import type { Path, Report } from './path-text.ts'
import { quote } from './quote.ts'

/** What TypeBox keeps of a schema's limits, without naming it in its types. */
interface Limits {
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly required?: readonly string[]
}

/**
 * A plain copy of a value that a schema allows. All problems are reported; parts with a problem are useless in the copy.
 * Keys that are `undefined` count as absent.
 *
 * TypeBox checks each single value. The walk through objects and lists is ours, because `Errors` of TypeBox stops after
 * eight problems, accepts instances of classes, and copies nothing.
 */
export function readValue(schema: TSchema, value: unknown, path: Path, report: Report): unknown {
  if (IsObject(schema) || IsRecord(schema)) return readObject(schema, value, path, report)
  if (IsArray(schema)) return readList(schema, value, path, report)
  if (!Check(schema, value)) report(path, refusal(schema, value))
  return value
}

/** What a schema allows, in words. */
export function allowed(schema: TSchema): string {
  const { minimum, exclusiveMinimum, maximum }: Limits = schema
  if ('errorMessage' in schema) return String(schema.errorMessage)
  if (IsEnum(schema)) return schema.enum.join(', ')
  if (IsInteger(schema)) return `a whole number from ${minimum} to ${maximum}`
  if (IsNumber(schema)) return `a number above ${exclusiveMinimum}, up to ${maximum}`
  if (IsObject(schema)) return `an object with ${Object.keys(schema.properties).join(', ')}`
  return 'text'
}

function readList(schema: TArray & Limits, value: unknown, path: Path, report: Report): unknown {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) {
    return report(path, `found ${quote(value)}, allowed: ${allowed(schema)}`)
  }
  // Array.from visits holes, where map would pass over them.
  return Array.from(value, (item: unknown, i) => readValue(schema.items, item, [...path, i], report))
}

function readObject(schema: (TObject | TRecord) & Limits, value: unknown, path: Path, report: Report): unknown {
  const { minProperties = 0, required = [] } = schema
  if (!isPlainObject(value) || Object.keys(value).length < minProperties) {
    const found = isPlainObject(value) ? 'nothing' : quote(value)
    return report(path, `found ${found}, allowed: ${allowed(schema)}`)
  }
  for (const key of required) if (value[key] === undefined) report([...path, key], 'is missing')
  const entries = Object.entries(value).flatMap(([key, entry]) => {
    const part = partOf(schema, key)
    if (!part) report([...path, key], unknownKey(schema, key))
    if (!part || (entry === undefined && IsObject(schema))) return []
    return [[key, readValue(part, entry, [...path, key], report)]]
  })
  return Object.fromEntries(entries)
}

function partOf(schema: TObject | TRecord, key: string): TSchema | undefined {
  if (IsObject(schema)) return Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
  return Object.entries(schema.patternProperties).find(([pattern]) => new RegExp(pattern).test(key))?.[1]
}

function unknownKey(schema: TObject | TRecord, key: string): string {
  if (!IsObject(schema)) return `found ${quote(key)} as a name, allowed: ${allowed(schema)}`
  const known = Object.keys(schema.properties)
  return `unknown key, nearest known: ${nearest(key, known)}; all: ${known.join(', ')}`
}

function refusal(schema: TSchema, value: unknown): string {
  const refined = Errors(schema, value).find(({ keyword }) => keyword === '~refine')
  return `found ${quote(value)}, allowed: ${refined?.message ?? allowed(schema)}`
}

/** Neither a list nor an instance of a class, which would show none of its values as keys. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
