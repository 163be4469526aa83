import { nearest } from './nearest.ts'
import { quote } from './quote.ts'

/** The place of a value: `['rules', 3, 'scope']`. */
export type Path = readonly (string | number)[]

/** Reports a problem. */
export type Report = (path: Path, problem: string) => void

/** Reads a value as written. Returns `undefined` exactly if it reported a problem. */
export type Reader<T> = (value: unknown, path: Path, report: Report) => T | undefined

/** Readers by key. */
export type Fields<T> = { readonly [Key in keyof T]-?: Reader<Exclude<T[Key], undefined>> }

/** Values that `take` accepts. */
export function accepting<T>(take: (value: unknown) => T | undefined, allowed: string): Reader<T> {
  return (value, path, report) => {
    const taken = take(value)
    if (taken === undefined) report(path, `found ${quote(value)}, allowed: ${allowed}`)
    return taken
  }
}

/** Text of one form. */
export function text(form: RegExp, allowed: string): Reader<string> {
  return accepting((value) => (typeof value === 'string' && form.test(value) ? value : undefined), allowed)
}

/** One of several texts. */
export function oneOf<Text extends string>(known: readonly Text[]): Reader<Text> {
  return accepting((value) => known.find((text) => text === value), known.join(', '))
}

/** A whole number in a range. */
export function wholeNumber(from: number, to: number): Reader<number> {
  return accepting(
    (value) => (Number.isSafeInteger(value) ? inRange(value, from, to) : undefined),
    `a whole number from ${from} to ${to}`,
  )
}

/** A number above 0. */
export function positiveNumber(to: number): Reader<number> {
  return accepting((value) => (value === 0 ? undefined : inRange(value, 0, to)), `a number above 0, up to ${to}`)
}

/** A list whose items are all of one kind. */
export function listOf<T>(item: Reader<T>, allowed: string, { atLeast = 0, atMost = 1_000 } = {}): Reader<T[]> {
  return (value, path, report) => {
    if (!Array.isArray(value) || value.length < atLeast || value.length > atMost) {
      report(path, `found ${quote(value)}, allowed: ${allowed}`)
      return undefined
    }
    // Array.from visits holes; map would skip them.
    const items = Array.from(value, (entry: unknown, i) => item(entry, [...path, i], report))
    const good = items.filter((entry) => entry !== undefined)
    return good.length === items.length ? good : undefined
  }
}

/** An object with keys of the writer's choice. */
export function recordOf<T>(name: RegExp, item: Reader<T>, allowed: string): Reader<Record<string, T>> {
  return (value, path, report) => {
    if (!isPlainObject(value) || Object.keys(value).length === 0) {
      report(path, `found ${isPlainObject(value) ? 'nothing' : quote(value)}, allowed: ${allowed}`)
      return undefined
    }
    const entries = Object.entries(value).map(([key, entry]) => {
      if (name.test(key)) return [key, item(entry, [...path, key], report)] as const
      report([...path, key], `found ${quote(key)} as a name, allowed: ${allowed}`)
      return [key, undefined] as const
    })
    return complete<Record<string, T>>(entries)
  }
}

/** An object with known keys. All but the required ones may be absent. */
export function objectOf<T extends object>(fields: Fields<T>, required: readonly (keyof T & string)[] = []): Reader<T> {
  return (value, path, report) => {
    let isGood = true
    const note: Report = (at, problem) => {
      isGood = false
      report(at, problem)
    }
    const known = Object.keys(fields)
    const given = readKeys(value, known, path, note)
    if (!given) return undefined
    for (const key of required) if (given[key] === undefined) note([...path, key], 'is missing')
    const entries = Object.entries<Reader<unknown>>(fields)
      .filter(([key]) => given[key] !== undefined)
      .map(([key, reader]) => [key, reader(given[key], [...path, key], note)] as const)
    return isGood ? complete<T>(entries) : undefined
  }
}

/** An object's own values. Unknown keys are reported. `undefined` if it is not a plain object. */
export function readKeys(
  value: unknown,
  known: readonly string[],
  path: Path,
  report: Report,
): Readonly<Record<string, unknown>> | undefined {
  if (!isPlainObject(value)) {
    report(path, `found ${quote(value)}, allowed: an object with ${known.join(', ')}`)
    return undefined
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    report([...path, key], `unknown key, nearest known: ${nearest(key, known)}; all: ${known.join(', ')}`)
  }
  return Object.fromEntries(Object.entries(value))
}

/** `rules[3].scope` */
export function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`
      if (!/^[\w-]{1,64}$/.test(step)) return `[${quote(step)}]`
      return i === 0 ? step : `.${step}`
    })
    .join('')
}

function inRange(value: unknown, from: number, to: number): number | undefined {
  return typeof value === 'number' && value >= from && value <= to ? value : undefined
}

function complete<T extends object>(entries: readonly (readonly [string, unknown])[]): T | undefined {
  return entries.every(([, entry]) => entry !== undefined) ? (Object.fromEntries(entries) as T) : undefined
}

/** Neither a list nor an instance of a class, whose values are not visible as keys. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
