import { NoAnswer } from './redis-problem.ts'

/** The result of a call, unless it takes longer. What comes later is ignored. */
export function inTime<T>(call: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoAnswer(`no answer within ${limitMs} ms`)), limitMs)
    call.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
