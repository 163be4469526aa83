import { expect, test } from 'vitest'
import type { KeyRecord, KeySource } from '../src/ports.ts'

/** An implementation of `KeySource` under test, with a way to change what it knows. */
export interface KeySourceHarness {
  readonly keys: KeySource
  readonly put: (record: KeyRecord) => Promise<void> | void
  readonly remove: (record: KeyRecord) => Promise<void> | void
  /** A new active key that `put` accepts. */
  readonly newRecord: () => Promise<KeyRecord>
}

/** What every `KeySource` must do. Run it in a test file of each implementation. */
export function keySourceContract(start: () => Promise<KeySourceHarness>): void {
  test('an unknown key id is no key', async () => {
    const { keys } = await start()
    expect(await keys.find('6f3bebf7-eaef-42a5-8c34-ab8873c1d431')).toBeUndefined()
  })

  test('a key is found with all that the gate needs', async () => {
    const { keys, put, newRecord } = await start()
    const record = await newRecord()
    await put(record)
    expect(withoutFunctions(await keys.find(record.keyId))).toEqual(withoutFunctions(record))
  })

  test('a changed key is found as it is now', async () => {
    const { keys, put, newRecord } = await start()
    const record = await newRecord()
    await put(record)
    await keys.find(record.keyId)
    await put({ ...record, state: 'disabled' })
    expect(await keys.find(record.keyId)).toMatchObject({ state: 'disabled' })
  })

  test('a removed key is no key', async () => {
    const { keys, put, remove, newRecord } = await start()
    const record = await newRecord()
    await put(record)
    await keys.find(record.keyId)
    await remove(record)
    expect(await keys.find(record.keyId)).toBeUndefined()
  })

  test('an id that was unknown is found once it is a key', async () => {
    const { keys, put, newRecord } = await start()
    const record = await newRecord()
    expect(await keys.find(record.keyId)).toBeUndefined()
    await put(record)
    expect(await keys.find(record.keyId)).toMatchObject({ keyId: record.keyId })
  })
}

function withoutFunctions(record: KeyRecord | undefined | 'unavailable'): unknown {
  if (record === undefined || record === 'unavailable') return record
  const { verify: _, ...key } = record.key
  return { ...record, key }
}
