import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashGroups, NO_SLOT } from './hash-groups.ts'

const GROUP_SLOTS = 256

/** The hash of such a number: all of one group where the first word is the same. */
function hashed(first: number, rest: number): Int32Array {
  return Int32Array.of(first, rest, 7, 9)
}

/** Writes a hash where it belongs, as admission does; whether there was room. */
function put(groups: HashGroups, hash: Int32Array, nowMs: number, endMs: number): boolean {
  const slot = slotFor(groups, hash, nowMs)
  if (slot !== NO_SLOT) groups.write(slot, hash, endMs)
  return slot !== NO_SLOT
}

function slotFor(groups: HashGroups, hash: Int32Array, nowMs: number, except: readonly number[] = []): number {
  groups.find(hash, nowMs, Int32Array.from(except), except.length)
  return groups.slot
}

test('a hash is found until its end, whatever was written and ended before and after it', () => {
  const step = fc.record({
    first: fc.integer({ min: 0, max: 2 }),
    rest: fc.integer({ min: -20, max: 20 }),
    lastsMs: fc.integer({ min: 0, max: 30 }),
    elapsedMs: fc.integer({ min: 0, max: 4 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const groups = new HashGroups(HashGroups.allocate(300, 1), 1)
      const ends = new Map<string, number>()
      let nowMs = 1
      for (const { first, rest, lastsMs, elapsedMs } of steps) {
        nowMs += elapsedMs
        const [hash, name] = [hashed(first, rest), `${first} ${rest}`]
        expect(groups.find(hash, nowMs)).toBe((ends.get(name) ?? 0) > nowMs)
        expect(put(groups, hash, nowMs, nowMs + lastsMs)).toBe(true)
        ends.set(name, nowMs + lastsMs)
        expect(groups.taken(nowMs)).toBe([...ends.values()].filter((endMs) => endMs > nowMs).length)
      }
    }),
  )
})

test('a group takes as many as it has slots, each of them one hash, and what ended makes room', () => {
  const groups = new HashGroups(HashGroups.allocate(1_000))
  const slots = new Set<number>()
  for (let i = 0; i < GROUP_SLOTS; i++) {
    const slot = slotFor(groups, hashed(3, i), 1)
    slots.add(slot)
    groups.write(slot, hashed(3, i), 10 + i)
  }
  expect(slots.size).toBe(GROUP_SLOTS)
  expect(slotFor(groups, hashed(3, -1), 9)).toBe(NO_SLOT)
  expect(put(groups, hashed(4, -1), 9, 99)).toBe(true)
  expect(put(groups, hashed(3, -1), 10, 99)).toBe(true)
  for (let i = 1; i < GROUP_SLOTS; i++) expect(groups.find(hashed(3, i), 10)).toBe(true)
  expect([groups.find(hashed(3, 0), 10), groups.slot]).toEqual([false, NO_SLOT])
})

test('groups share no slot: each of them can be full', () => {
  const groups = new HashGroups(HashGroups.allocate(1_000, 2), 2)
  let written = 0
  for (let first = 0; first < 100; first++)
    for (let i = 0; i < 300; i++) if (put(groups, hashed(first, i), 1, 9)) written++
  expect([written, groups.taken(1)]).toEqual([1_536, 1_536])
})

test('three hashes that are written together get three slots, where nothing was written and where all has ended', () => {
  const groups = new HashGroups(HashGroups.allocate(100))
  for (const nowMs of [1, 100]) {
    const slots: number[] = []
    for (const rest of [1, 2, 3]) slots.push(slotFor(groups, hashed(0, rest + nowMs), nowMs, slots))
    expect(new Set(slots).size).toBe(3)
    for (const [i, slot] of slots.entries()) groups.write(slot, hashed(0, i + 1 + nowMs), nowMs + 50)
    for (const rest of [1, 2, 3]) expect(groups.find(hashed(0, rest + nowMs), nowMs)).toBe(true)
  }
})

test('a hash whose time is over does not get the slot that was given to another of the same request', () => {
  const groups = new HashGroups(HashGroups.allocate(100))
  put(groups, hashed(0, 2), 1, 10)
  const first = slotFor(groups, hashed(0, 1), 20)
  const second = slotFor(groups, hashed(0, 2), 20, [first])
  expect(second).not.toBe(first)
})

test('numbers beside a hash are its own', () => {
  const groups = new HashGroups(HashGroups.allocate(100, 2), 2)
  for (let i = 0; i < 50; i++) {
    const slot = slotFor(groups, hashed(i, i), 1)
    groups.write(slot, hashed(i, i), 9)
    groups.putBeside(slot, 0, i)
    groups.putBeside(slot, 1, -i)
  }
  for (let i = 0; i < 50; i++) {
    const isFound = groups.find(hashed(i, i), 1)
    const { slot } = groups
    expect([isFound, groups.beside(slot, 0), groups.beside(slot, 1)]).toEqual([true, i, -i])
  }
})

test('counts what the owner of a hash has in its group, and not what has ended or is in another group', () => {
  const groups = new HashGroups(HashGroups.allocate(300))
  const of = (owner: number, group: number, rest: number) => Int32Array.of(group, rest, 7, owner)
  for (let i = 0; i < 30; i++) put(groups, of(i % 3, 0, i), 1, i < 15 ? 10 : 20)
  for (let i = 0; i < 9; i++) put(groups, of(1, 1, i), 1, 20)
  const counted = (owner: number, nowMs: number) => {
    groups.find(of(owner, 0, 99), nowMs)
    return groups.ofOwner
  }
  expect([counted(1, 5), counted(1, 10), counted(1, 20), counted(7, 5)]).toEqual([10, 5, 0, 0])
})
