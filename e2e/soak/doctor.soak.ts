import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAtFlip, newVouched } from '../doctor/flipped-keys.ts'
import { makeKeyInForms } from '../doctor/key-forms.ts'
import { findUnread, type KeyToRead } from '../doctor/read-keys.ts'

const KEYS = { ed25519: 16, rsa: 4 } as const
/** Files that a toolkit is given at once. */
const BATCH = 5_000
/** Repaired texts that toolkits read; each is a key of its own. */
const REPAIRED = 5_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-flips-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('every byte of 20 keys in 12 forms, flipped: sound and repaired are what every toolkit reads', {
  timeout: 60 * 60_000,
}, async () => {
  const vouched = newVouched()
  for (const [type, count] of Object.entries(KEYS)) {
    for (let i = 0; i < count; i++) {
      const key = await makeKeyInForms(type === 'rsa' ? 'rsa' : 'ed25519', folder, `${type}-${i}`)
      for (const [form, bytes] of Object.entries(key.forms)) {
        // Another bit in each key, so that all bits of a byte are flipped over the keys.
        for (let at = 0; at < bytes.length; at++)
          await lookAtFlip(key, { form, at, mask: 1 << ((at + i) % 8) }, vouched)
      }
    }
  }
  console.log(`${vouched.looked} flips; sound: ${vouched.sound.size}; repaired texts: ${vouched.repaired.size}`)
  expect(vouched.wrong).toEqual([])
  const repaired = [...vouched.repaired.values()].slice(0, REPAIRED)
  expect(await findUnreadInBatches([...vouched.sound.values(), ...repaired])).toEqual([])
})

async function findUnreadInBatches(keys: readonly KeyToRead[]): Promise<string[]> {
  const unread: string[] = []
  for (let at = 0; at < keys.length; at += BATCH) {
    unread.push(...(await findUnread(keys.slice(at, at + BATCH), join(folder, 'batch'))))
  }
  return unread
}
