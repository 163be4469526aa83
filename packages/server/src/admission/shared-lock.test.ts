import { expect, test } from 'vitest'
import { SharedLock } from './shared-lock.ts'

/** Locks of several threads over one word; they are told apart by their number only. */
function locks(count: number): SharedLock[] {
  const memory = SharedLock.allocate()
  return Array.from({ length: count }, (_, holder) => new SharedLock(memory, holder))
}

test('is released for a thread that ended inside, and for no other', () => {
  const [ended, next] = locks(2) as [SharedLock, SharedLock]
  ended.acquire()
  next.releaseOf(1)
  expect([ended.isMine, next.recoveries]).toEqual([true, 0])
  next.releaseOf(0)
  expect([ended.isMine, next.recoveries]).toEqual([false, 1])
  next.releaseOf(0)
  next.acquire()
  next.releaseOf(0)
  expect([next.isMine, next.recoveries]).toEqual([true, 1])
})

test('is taken from a thread that holds it for a second, which can then neither write nor release', () => {
  const [stopped, next, third] = locks(3) as [SharedLock, SharedLock, SharedLock]
  stopped.acquire()
  next.acquire()
  expect([stopped.isMine, next.isMine, next.recoveries]).toEqual([false, true, 1])
  stopped.release()
  expect(next.isMine).toBe(true)
  next.release()
  third.acquire()
  expect([third.isMine, third.recoveries]).toEqual([true, 1])
})
