import { describe, expect, it, test } from 'vitest'
import { NEW_KEY_FIELDS, type NewKeyFields, ownKeyProblem, readNewKey } from './new-key-form.ts'

const NOW = Date.UTC(2026, 10, 28, 12)
const CONTEXT = { allScopes: ['read', 'write', 'write::trade'], zone: 'utc', nowMs: NOW } as const

const read = (fields: Partial<NewKeyFields>) => readNewKey({ ...NEW_KEY_FIELDS, name: 'bot', ...fields }, CONTEXT)

describe('readNewKey', () => {
  it('makes the smallest request of a name alone', () => {
    const { request, isComplete } = read({ name: ' bot ' })
    expect(isComplete).toBe(true)
    expect(JSON.parse(JSON.stringify(request))).toEqual({ name: 'bot', scopes: ['read'] })
  })

  it('sends every field that is filled in, scopes in the order of the deployment', () => {
    const { request } = read({
      scopes: ['write', 'read'],
      subaccount: '0',
      until: '2027-03-01',
      networks: ['203.0.113.0/24'],
    })
    expect(request).toEqual({
      name: 'bot',
      scopes: ['read', 'write'],
      subaccount: 0,
      expires_at: Date.UTC(2027, 2, 1),
      ip_allowlist: ['203.0.113.0/24'],
    })
  })

  it('starts a day in the zone that the page shows', () => {
    const { request } = readNewKey({ ...NEW_KEY_FIELDS, until: '2027-03-01' }, { ...CONTEXT, zone: 'local' })
    expect(request.expires_at).toBe(new Date(2027, 2, 1).getTime())
  })

  it.each<[Partial<NewKeyFields>, object]>([
    [{ name: '' }, { name: 'Give the key a name.' }],
    [{ name: '  ' }, { name: 'The name must have 1 to 128 characters.' }],
    [{ name: 'a\u0000b' }, { name: 'The name must not contain control characters.' }],
    [{ scopes: [] }, { scopes: 'Choose at least one scope.' }],
    [{ until: '2026-11-28' }, { until: 'This day is over.' }],
  ])('says what is wrong with %j', (fields, problems) => {
    const reading = read(fields)
    expect(reading.problems).toEqual(problems)
    expect(reading.isComplete).toBe(false)
  })
})

test.each([
  ['basic', undefined, undefined],
  [undefined, 'advanced', undefined],
  ['advanced', 'advanced', undefined],
  ['prestige', 'advanced', undefined],
  ['basic', 'advanced', 'Accounts below tier advanced cannot register their own public key.'],
])('an account of tier %s, where %s is needed', (tier, ownPublicKeyTier, problem) => {
  expect(ownKeyProblem(tier, { tiers: ['basic', 'advanced', 'prestige'], ownPublicKeyTier })).toBe(problem)
})
