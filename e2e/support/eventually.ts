import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again until the answer is yes; how long that took, in milliseconds. Throws once the deadline has passed. */
export async function eventually(withinMs: number, isSo: () => Promise<boolean> | boolean): Promise<number> {
  const start = performance.now()
  while (!(await isSo())) {
    if (performance.now() - start > withinMs) throw new Error(`not so within ${withinMs} ms`)
    await sleep(10)
  }
  return performance.now() - start
}
