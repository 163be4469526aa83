import { describe, expect, test, vi } from 'vitest'
import { clientAddress, trustedProxies } from './client-address.ts'

const PROXIES = trustedProxies(['10.0.0.1', '192.168.0.0/16', '::1', '2001:db8::/32'])

describe('trustedProxies', () => {
  test.each(['10.0.0.1', '192.168.0.0', '192.168.255.255', '::1', '2001:db8::9', '::ffff:10.0.0.1'])(
    '%s is one',
    (address) => {
      expect(PROXIES.includes(address)).toBe(true)
      expect(PROXIES.includes(address)).toBe(true)
    },
  )

  test.each(['10.0.0.2', '192.169.0.0', '::2', '2001:db9::1', '', 'localhost', '10.0.0.1.', ' 10.0.0.1', '10.0.0.01'])(
    '%j is none',
    (address) => {
      expect(PROXIES.includes(address)).toBe(false)
      expect(PROXIES.includes(address)).toBe(false)
    },
  )

  test('remembers a bounded number of spellings', () => {
    const set = vi.spyOn(Set.prototype, 'add')
    const proxies = trustedProxies(['2001:db8::/32'])
    for (let n = 0; n < 5_000; n++) expect(proxies.includes(`2001:db8::${n.toString(16)}`)).toBe(true)
    const sizes = set.mock.results.map(({ value }) => (value as Set<string>).size)
    set.mockRestore()
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_024)
  })

  test('nobody is, where none is named', () => {
    expect(trustedProxies([]).includes('127.0.0.1')).toBe(false)
  })

  test.each(['localhost', '10.0.0.1/8', ''])('throws for %j', (range) => {
    expect(() => trustedProxies([range])).toThrow(TypeError)
  })
})

describe('clientAddress', () => {
  test.each([
    ['the peer, where it is no proxy', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['the peer, where nothing was forwarded', '10.0.0.1', undefined, '10.0.0.1'],
    ['the one that the proxy names', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['the last one, where the client made up others', '10.0.0.1', '198.51.100.1, 203.0.113.1', '203.0.113.1'],
    ['past every proxy', '10.0.0.1', '198.51.100.1, 203.0.113.1, 192.168.0.7, ::1', '203.0.113.1'],
    ['the first, where all are proxies', '10.0.0.1', '192.168.0.1, 192.168.0.2', '192.168.0.1'],
    ['over several headers', '10.0.0.1', ['198.51.100.1, 203.0.113.1', '192.168.0.7'], '203.0.113.1'],
    ['without spaces', '10.0.0.1', '198.51.100.1,203.0.113.1', '203.0.113.1'],
    ['of IPv6', '::1', '198.51.100.1, 2001:db9::5', '2001:db9::5'],
    ['without its port', '10.0.0.1', '203.0.113.9:51008', '203.0.113.9'],
    ['without its brackets and port', '10.0.0.1', '[2001:db9::7]:443', '2001:db9::7'],
    ['without its brackets', '10.0.0.1', '[2001:db9::7]', '2001:db9::7'],
    [
      'past proxies that are written with their port',
      '10.0.0.1',
      '203.0.113.9:1, 192.168.0.7:2, [::1]:3',
      '203.0.113.9',
    ],
    ['past as many proxies as may be', '10.0.0.1', `203.0.113.1${', ::1'.repeat(31)}`, '203.0.113.1'],
    ['whatever stands before it', '10.0.0.1', 'unknown, _hidden, 203.0.113.1', '203.0.113.1'],
  ] as const)('%s', (_, peer, forwarded, expected) => {
    expect(clientAddress(peer, forwarded, PROXIES)).toBe(expected)
  })

  test.each([
    ['a word', 'unknown'],
    ['nothing', ''],
    ['an empty entry', '203.0.113.1,'],
    ['an address and more than a port', '203.0.113.1:4711a'],
    ['a port alone', ':4711'],
    ['IPv4 in brackets', '[203.0.113.1]:4711'],
    ['half a bracket', '[2001:db9::5'],
    ['an address in a zone', '2001:db9::5%eth0'],
    ['a proxy in a zone', '203.0.113.1, ::1%<b>anything</b>'],
    ['an address in a zone and brackets', '[2001:db9::5%eth0]:443'],
    ['one of too many', `203.0.113.1${', ::1'.repeat(32)}`],
    ['what stands behind a proxy', 'unknown, 192.168.0.7'],
  ])('is not known where an entry is %s', (_, forwarded) => {
    expect(clientAddress('10.0.0.1', forwarded, PROXIES)).toBeUndefined()
  })
})
