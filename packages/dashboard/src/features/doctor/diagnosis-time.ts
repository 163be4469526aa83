/** Unix milliseconds of a `Date` header, with or without its name; `undefined` where it is not a date. */
export function diagnosisTime(text: string): number | undefined {
  const at = Date.parse(text.replace(/^\s*date:\s*/i, '').trim())
  return Number.isNaN(at) ? undefined : at
}
