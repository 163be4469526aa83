const whole = new Intl.NumberFormat('en-US')

/** A count with thousands separators: 184,210. */
export function count(value: number): string {
  return whole.format(value)
}

/** A count with its noun: "1 key", "2 keys". */
export function counted(value: number, one: string, many: string = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`
}

/** A part from 0 to 1 as "12 %". A small part is "under 1 %", never "0 %". */
export function percent(part: number): string {
  if (part > 0 && part < 0.01) return 'under 1 %'
  return `${Math.floor(part * 100)} %`
}
