import { expect, test } from 'vitest'
import { auditFiltersOf, keyIdProblem } from './audit-search.ts'

const ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'

test('filters of an address, its last day included', () => {
  expect(auditFiltersOf({})).toEqual({})
  expect(
    auditFiltersOf({ action: 'key.created', actor: 'link', about: ID, from: '2026-11-27', to: '2026-11-28' }),
  ).toEqual({
    action: 'key.created',
    actor_type: 'link',
    api_key_id: ID,
    from: String(Date.UTC(2026, 10, 27)),
    to: String(Date.UTC(2026, 10, 29)),
  })
})

test.each([
  ['', undefined],
  [ID, undefined],
  [ID.slice(0, 8), 'A whole key id, as the copy button gives it.'],
  [ID.toUpperCase(), 'A whole key id, as the copy button gives it.'],
])('a search for %j', (text, problem) => {
  expect(keyIdProblem(text)).toBe(problem)
})
