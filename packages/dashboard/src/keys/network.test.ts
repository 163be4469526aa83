import { describe, expect, it } from 'vitest'
import { isInNetworks, readNetwork } from './network.ts'

describe('readNetwork', () => {
  it.each(['203.0.113.0/24', '203.0.113.7', '203.0.113.7/32', '2001:db8::/32', '::1', '0.0.0.0/0', '::/0'])(
    'takes %s',
    (text) => {
      expect(readNetwork(` ${text} `)).toEqual({ network: text })
    },
  )

  it.each([
    ['203.0.113.7/24', '203.0.113.0/24'],
    ['10.1.2.3/9', '10.0.0.0/9'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['2001:db8:0:1::5/64', '2001:db8:0:1::/64'],
  ])('says of %s what was meant', (text, suggestion) => {
    expect(readNetwork(text)).toEqual({ problem: `${text} is not a network address.`, suggestion })
    expect(readNetwork(suggestion)).toEqual({ network: suggestion })
  })

  it.each([
    '',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.07',
    '203.0.113.0/33',
    '2001:db8::/129',
    'a/b/c',
    '1::2::3',
    '203.0.113.0/24/1',
  ])('refuses %j', (text) => {
    expect(readNetwork(text)).toHaveProperty('problem')
  })
})

describe('isInNetworks', () => {
  it.each([
    ['203.0.113.7', ['203.0.113.0/24'], true],
    ['203.0.114.7', ['203.0.113.0/24'], false],
    ['203.0.113.7', ['10.0.0.0/8', '203.0.113.7'], true],
    ['2001:db8::5', ['2001:db8::/32'], true],
    ['2001:db9::5', ['2001:db8::/32', '203.0.113.0/24'], false],
    ['nothing', ['203.0.113.0/24'], undefined],
  ])('%s in %j: %s', (address, networks, expected) => {
    expect(isInNetworks(address, networks)).toBe(expected)
  })
})
