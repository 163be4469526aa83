import { quote } from './quote.ts'

/** Where a value is: `['rules', 3, 'scope']`. */
export type Path = readonly (string | number)[]

/** Receives a problem. */
export type Report = (path: Path, problem: string) => void

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
