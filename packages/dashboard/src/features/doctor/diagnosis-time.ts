/** Unix milliseconds in a `Date` header, with or without its name; `undefined` where it is none. */
export function diagnosisTime(text: string): number | undefined {
  const at = Date.parse(text.replace(/^\s*date:\s*/i, '').trim())
  return Number.isNaN(at) ? undefined : at
}
