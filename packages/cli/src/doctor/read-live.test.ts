import type { Refusal } from '@countersign/api'
import { expect, test } from 'vitest'
import { answerIn } from './read-live.ts'

const AT = 1_703_123_456_789
const REQUEST = { method: 'GET', target: '/a?b=c', headers: [] }

function refusal(afterMs: number, code: string, path = '/a'): Refusal {
  return { at: AT + afterMs, code, status: 401, method: 'GET', path, ip: '203.0.113.7' }
}

test('the refusal nearest in time is the answer, and a guess where several fit', () => {
  const noted = [refusal(20_000, 'late'), refusal(90, 'near'), refusal(10, 'elsewhere', '/b'), refusal(-9_000, 'early')]
  expect(answerIn(noted, REQUEST, AT)).toEqual({ code: 'near', isGuess: true })
  expect(answerIn([refusal(90_000, 'later'), refusal(90, 'near')], REQUEST, AT)).toEqual({
    code: 'near',
    isGuess: false,
  })
  expect(answerIn([refusal(90_000, 'later')], REQUEST, AT)).toBeUndefined()
})
