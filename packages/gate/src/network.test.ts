import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressPrefix, contains, type Network, parseAddress, parseNetwork } from './network.ts'

const RUNS = { numRuns: 2_000 }

describe('an address', () => {
  test.each<[string, bigint]>([
    ['0.0.0.0', 0xffff_0000_0000n],
    ['203.0.113.9', 0xffff_cb00_7109n],
    ['255.255.255.255', 0xffff_ffff_ffffn],
    ['::ffff:203.0.113.9', 0xffff_cb00_7109n],
    ['::FFFF:CB00:7109', 0xffff_cb00_7109n],
    ['::', 0n],
    ['::1', 1n],
    ['1::', 1n << 112n],
    ['1:2:3:4:5:6:7::', 0x0001_0002_0003_0004_0005_0006_0007_0000n],
    ['2001:db8::8:800:200c:417a', 0x2001_0db8_0000_0000_0008_0800_200c_417an],
    ['fe80::1%eth0', (0xfe80n << 112n) | 1n],
    ['1:2:3:4:5:6:1.2.3.4', 0x0001_0002_0003_0004_0005_0006_0102_0304n],
  ])('%s', (text, value) => expect(parseAddress(text)).toBe(value))

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4%eth0',
    '1..3.4',
    '١.2.3.4',
    ':',
    ':::',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '[::1]',
    '::1/128',
    `::1%${'x'.repeat(80)}`,
  ])('%j is none', (text) => expect(parseAddress(text)).toBeUndefined())

  test('is one exactly where the platform says so', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123459afF:.'), maxLength: 24 })
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), near, fc.string(), mutated(fc.ipV4()), mutated(fc.ipV6()))
    fc.assert(
      fc.property(text, (text) => {
        fc.pre(!text.includes('%'))
        return (parseAddress(text) !== undefined) === (isIP(text) !== 0)
      }),
      RUNS,
    )
  })

  test('has one value, however it is written', () => {
    fc.assert(
      fc.property(ipV6, (value) => {
        const short = new URL(`http://[${writeV6(value)}]`).hostname.slice(1, -1)
        expect([parseAddress(writeV6(value)), parseAddress(short), parseAddress(writeV6(value).toUpperCase())]).toEqual(
          [value, value, value],
        )
      }),
      RUNS,
    )
  })
})

describe('a network', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.255', '203.0.114.0'],
    ['203.0.113.7', '203.0.113.7', '203.0.113.8'],
    ['203.0.113.7/32', '::ffff:203.0.113.7', '203.0.113.6'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['::/0', '1.2.3.4', undefined],
    ['::ffff:0:0/96', '1.2.3.4', '::1:0:0:0'],
    ['::ffff:203.0.113.0/120', '203.0.113.9', '203.0.112.9'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::'],
    ['2001:db8::/32', '2001:db8::1%eth0', '2001:db7:ffff::'],
    ['::1', '::1', '0.0.0.1'],
  ])('%s contains %s and not %s', (text, inside, outside) => {
    const network = networkOf(text)
    expect(contains(network, addressOf(inside))).toBe(true)
    if (outside !== undefined) expect(contains(network, addressOf(outside))).toBe(false)
  })

  test.each([
    ['203.0.113.7/24', '203.0.113.0/24'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['2001:db8:1:2:3:4:5:6/64', '2001:db8:1:2::/64'],
    ['::1/0', '::/0'],
    ['::ffff:1.2.3.4/120', '::ffff:102:300/120'],
  ])('%s has host bits; %s was meant', (text, suggestion) => {
    expect(parseNetwork(text)).toEqual({ problem: `is not a network address; ${suggestion} is`, suggestion })
    expect(parseNetwork(suggestion)).toHaveProperty('base')
  })

  test.each([
    '',
    '/',
    '/8',
    '1.2.3.4/',
    '1.2.3.0/24/',
    '1.2.3.0/024',
    '1.2.3.0/-1',
    '1.2.3.0/+8',
    '1.2.3.0/ 8',
    '1.2.3.0/8.0',
    '1.2.3.4/33',
    '::/129',
    '::/1e1',
    '1.2.3.0/255.255.255.0',
    'fe80::%eth0/64',
    'fe80::1%eth0',
    'localhost',
    '*',
  ])('%j is none, without a suggestion', (text) => {
    const problem = 'must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32'
    expect(parseNetwork(text)).toEqual({ problem })
  })

  test('contains what the platform says it contains', () => {
    for (const [width, ip, write, type] of [
      [32, ipV4, writeV4, 'ipv4'],
      [128, ipV6, writeV6, 'ipv6'],
    ] as const) {
      const bits = fc.integer({ min: 0, max: width })
      fc.assert(
        fc.property(ip, bits, ip, bits, (address, prefix, noise, shared) => {
          const base = masked(address, width, prefix)
          const asked = masked(address, width, shared) | (noise & ((1n << BigInt(width - shared)) - 1n))
          const list = new BlockList()
          list.addSubnet(write(base), prefix, type)
          const network = networkOf(`${write(base)}/${prefix}`)
          expect(contains(network, addressOf(write(asked)))).toBe(list.check(write(asked), type))
          if (type === 'ipv6') return
          expect(contains(network, addressOf(`::ffff:${write(asked)}`))).toBe(list.check(write(asked), type))
        }),
        RUNS,
      )
    }
  })

  test('that has host bits is told with the same network', () => {
    fc.assert(
      fc.property(ipV6, fc.integer({ min: 0, max: 128 }), (address, prefix) => {
        const read = parseNetwork(`${writeV6(address)}/${prefix}`)
        const meant = 'suggestion' in read && read.suggestion ? networkOf(read.suggestion) : read
        expect(meant).toMatchObject({ base: masked(address, 128, prefix), prefixBits: prefix })
      }),
      RUNS,
    )
  })
})

test('nothing throws, whatever the text', () => {
  const near = fc.string({ unit: fc.constantFrom(...'019afg:./%[] -\u0000é') })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
      parseAddress(text)
      parseNetwork(text)
      return addressPrefix(text).length <= 21
    }),
    { numRuns: 5_000 },
  )
  for (const character of '0:./%') {
    expect(parseAddress(character.repeat(1_000_000))).toBeUndefined()
    expect(parseNetwork(character.repeat(1_000_000))).toHaveProperty('problem')
  }
})

describe('strangers are counted', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8::1', '20010db800000000::/64'],
    ['2001:DB8:0:0:ffff::2%eth0', '20010db800000000::/64'],
    ['2001:db8:0:1::1', '20010db800000001::/64'],
    ['::1', '0::/64'],
    ['unix:/run/x', 'unreadable'],
    ['', 'unreadable'],
    ['1.2.3', 'unreadable'],
  ])('%j under %s', (text, prefix) => expect(addressPrefix(text)).toBe(prefix))
})

const ipV4 = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n })
const ipV6 = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
  fc
    .array(fc.constantFrom<bigint>(0n, 0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.reduce((value, group) => (value << 16n) | group, 0n)),
)

function masked(address: bigint, width: number, prefix: number): bigint {
  const hostBits = BigInt(width - prefix)
  return (address >> hostBits) << hostBits
}

function writeV4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.')
}

function writeV6(address: bigint): string {
  const hex = address.toString(16).padStart(32, '0')
  return (hex.match(/.{4}/g) ?? []).join(':')
}

/** One character replaced, added or left out. */
function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.nat(50), fc.nat(1), fc.constantFrom('', ':', '.', '0', 'f', '::', '/'))
    .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))
}

function networkOf(text: string): Network {
  const network = parseNetwork(text)
  if ('problem' in network) throw new Error(`${text} ${network.problem}`)
  return network
}

function addressOf(text: string): bigint {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(text)
  return address
}
