import { expect, it } from 'vitest'
import { privateKeyFileName } from './file-name.ts'

const ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'

it.each([
  ['pricing-bot', 'pricing-bot-8c1f02aa.pem'],
  ['Desk EU / 2', 'desk-eu-2-8c1f02aa.pem'],
  ['../../etc/passwd', 'etc-passwd-8c1f02aa.pem'],
  ['מפתח', 'countersign-8c1f02aa.pem'],
  ['🚀', 'countersign-8c1f02aa.pem'],
  ['a'.repeat(128), `${'a'.repeat(48)}-8c1f02aa.pem`],
])('the file of %j is %s', (name, file) => {
  expect(privateKeyFileName(name, ID)).toBe(file)
})
