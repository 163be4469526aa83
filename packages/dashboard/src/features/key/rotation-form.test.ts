import { expect, test } from 'vitest'
import { graceSecondsOf, type RotationFields, rotationProblem } from './rotation-form.ts'

test.each<[RotationFields, number | undefined]>([
  [{ grace: '1h', hours: 'not read' }, 3_600],
  [{ grace: '1d', hours: '' }, 86_400],
  [{ grace: '7d', hours: '' }, 604_800],
  [{ grace: 'other', hours: '48' }, 172_800],
  [{ grace: 'other', hours: '0' }, 0],
  [{ grace: 'other', hours: '0.5' }, 1_800],
  [{ grace: 'other', hours: '2160' }, 7_776_000],
  [{ grace: 'other', hours: '2161' }, undefined],
  [{ grace: 'other', hours: '-1' }, undefined],
  [{ grace: 'other', hours: 'two' }, undefined],
])('%j gives the old key %s seconds', (fields, seconds) => {
  expect(graceSecondsOf(fields)).toBe(seconds)
})

test.each([
  ['active', true, undefined, 'Only the key holder rotates a key: its new private key is theirs.'],
  ['disabled', false, 'This session may only read.', 'A key that is disabled is not rotated. Make a new key.'],
  ['active', false, 'This session may only read.', 'This session may only read.'],
  ['active', false, undefined, undefined],
] as const)('a key that is %s (operator: %s, problem: %s)', (state, isOperator, changeProblem, problem) => {
  expect(rotationProblem({ state }, { isOperator, changeProblem })).toBe(problem)
})
