import { generateKeyPairSync } from 'node:crypto'
import { type CandidateKey, inspectPem } from '@countersign/doctor'
import { describe, expect, it, test } from 'vitest'
import { candidatesOf, dateProblem, keysToTry, pastedKeyOf } from './doctor-form.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test.each([
  ['', undefined],
  ['Sat, 28 Nov 2026 12:00:00 GMT', undefined],
  ['date: Sat, 28 Nov 2026 12:00:00 GMT', undefined],
  ['yesterday', 'This is not a date. Paste the Date header of the answer.'],
])('the time %j', (date, problem) => {
  expect(dateProblem(date)).toBe(problem)
})

describe('a pasted key', () => {
  it('is tried by its public half, and a private one is named', async () => {
    expect(pastedKeyOf(await inspectPem(publicPem))).toMatchObject({
      candidate: { name: 'the pasted key' },
      isPrivate: false,
      problem: undefined,
    })
    expect(pastedKeyOf(await inspectPem(privatePem))).toMatchObject({ isPrivate: true, problem: undefined })
  })

  it('has a problem where it cannot be read', async () => {
    const { candidate, problem } = pastedKeyOf(await inspectPem('-----BEGIN PUBLIC KEY-----'))
    expect(candidate).toBeUndefined()
    expect(problem).toMatch(/\.$/)
  })
})

describe('keysToTry', () => {
  const [first] = candidatesOf({ public_key: publicPem, api_key_id: 'a', name: 'bot' })
  const keys = [first as CandidateKey, { ...(first as CandidateKey), keyId: 'b', name: 'desk' }]
  const pasted = { key: (first as CandidateKey).key, name: 'the pasted key' }
  const names = (chosen: string, other?: CandidateKey) =>
    keysToTry(keys, chosen, other).map(({ keyId, name }) => [keyId, name])

  it('tries every key under its id', () => {
    expect(names('')).toEqual([
      ['a', 'bot'],
      ['b', 'desk'],
    ])
  })

  it('tries a chosen key alone, without its id', () => {
    expect(names('b')).toEqual([[undefined, 'desk']])
  })

  it('tries a pasted key first', () => {
    expect(names('b', pasted)).toEqual([
      [undefined, 'the pasted key'],
      [undefined, 'desk'],
    ])
  })

  it('leaves out a key that cannot be read', () => {
    expect(candidatesOf({ public_key: 'none', api_key_id: 'a', name: 'bot' })).toEqual([])
  })
})
