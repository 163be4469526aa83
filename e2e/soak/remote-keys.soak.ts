import { expect, test } from 'vitest'
import { touchRemoteKeys } from '../support/touch-remote-keys.ts'

const MEBIBYTE = 1024 * 1024

test('100,000 keys touched at random in a cache of 10,000: memory stays bounded', { timeout: 900_000 }, async () => {
  const { hitRatio, wrong, heap, seconds } = await touchRemoteKeys({ keys: 100_000, held: 10_000, touches: 100_000 })
  const [before, halfway, end] = heap.map((bytes) => bytes / MEBIBYTE) as [number, number, number]
  console.log(
    `100,000 touches of 100,000 keys, 10,000 held, in ${seconds.toFixed(1)} s: hit ratio ${(100 * hitRatio).toFixed(1)} %, ` +
      `heap ${before.toFixed(1)} -> ${halfway.toFixed(1)} -> ${end.toFixed(1)} MiB`,
  )
  expect(wrong).toBe(0)
  // Uniform draws hit as often as there is room: more would mean more than 10,000 are held.
  expect(hitRatio).toBeLessThan(0.11)
  expect(end - before).toBeLessThan(64)
  expect(end - halfway).toBeLessThan(8)
})
