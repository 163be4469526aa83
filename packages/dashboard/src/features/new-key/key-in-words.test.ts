import { expect, it } from 'vitest'
import { keyInWords } from './key-in-words.ts'

it.each([
  [
    {
      name: 'pricing-bot',
      scopes: ['read', 'write::trade'],
      networks: ['203.0.113.0/24'],
      until: '1 Mar 2027',
      subaccount: 4,
    },
    '"pricing-bot" may read everything and trade, only from 203.0.113.0/24, until 1 Mar 2027. It cannot manage keys: bound to sub-account 4.',
  ],
  [{ name: '', scopes: [], networks: [] }, 'This key may do nothing yet.'],
  [
    { name: 'a', scopes: ['read', 'write'], networks: [] },
    '"a" may read everything and change everything. It may manage the keys of this account.',
  ],
  [
    { name: 'a', scopes: ['orders::own'], networks: ['10.0.0.0/8', '::1'] },
    '"a" may use orders::own, only from 10.0.0.0/8 or ::1.',
  ],
])('tells of %j in words', (wanted, words) => {
  expect(keyInWords(wanted)).toBe(words)
})
