/** A value that JSON can express. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined }

/**
 * The one spelling of a JSON value that is hashed: names sorted by their UTF-16 code units, no white space, strings and
 * numbers as JavaScript writes them (RFC 8785). A field that is `undefined` is left out, as `JSON.stringify` does.
 *
 * @throws TypeError for a number that JSON cannot express
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no word for this number')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.keys(value)
    .sort()
    .flatMap((name) => {
      const field = value[name]
      return field === undefined ? [] : [`${JSON.stringify(name)}:${canonicalJson(field)}`]
    })
  return `{${fields.join(',')}}`
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
