import type { Dispatcher } from 'undici'

/** Headers in undici's form: names and values in turn. */
export type FlatHeaders = readonly string[]

/** The headers of a request in one form, from any of undici's. */
export function flattenHeaders(headers: Dispatcher.DispatchOptions['headers']): FlatHeaders {
  if (headers === null || headers === undefined) return []
  if (Array.isArray(headers)) return headers.map(String)
  const pairs: Iterable<[string, unknown]> = Symbol.iterator in headers ? headers : Object.entries(headers)
  const flat: string[] = []
  for (const [name, values] of pairs) {
    for (const value of [values].flat()) if (value !== undefined) flat.push(name, String(value))
  }
  return flat
}

/** A header's value by its lower-case name; the first if there are several. */
export function headerIn(headers: FlatHeaders, name: string): string | undefined {
  const at = headers.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === name)
  return at === -1 ? undefined : headers[at + 1]
}

/** The same headers, with these replacing those of the same names. */
export function withHeaders(headers: FlatHeaders, added: Readonly<Record<string, string>>): string[] {
  const kept = headers.filter((_, i) => !Object.hasOwn(added, String(headers[i - (i % 2)]).toLowerCase()))
  return [...kept, ...Object.entries(added).flat()]
}
