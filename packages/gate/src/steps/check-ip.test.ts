import type { VerifyingKey } from '@countersign/protocol'
import { expect, test } from 'vitest'
import { newRecord } from '../../test/fixtures.ts'
import { type Network, parseNetwork } from '../network.ts'
import { checkIp } from './check-ip.ts'

test.each<[string[] | undefined, string, boolean]>([
  [undefined, '203.0.113.9', true],
  [undefined, 'unreadable', true],
  [[], '203.0.113.9', false],
  [['203.0.113.0/24'], '203.0.113.9', true],
  [['203.0.113.0/24'], '::ffff:203.0.113.9', true],
  [['203.0.113.0/24'], '203.0.112.255', false],
  [['203.0.113.0/24', '2001:db8::/32'], '2001:db8::1', true],
  [['203.0.113.0/24', '2001:db8::/32'], '2001:db9::1', false],
  [['0.0.0.0/0', '::/0'], '', false],
  [['0.0.0.0/0', '::/0'], 'unreadable', false],
  [['0.0.0.0/0', '::/0'], '203.0.113.9, 198.51.100.4', false],
  [['0.0.0.0/0'], '::1', false],
])('allowlist %j, address %j: %s', (allowlist, ip, isAllowed) => {
  const refused = checkIp(newRecord({} as VerifyingKey, allowlist && { ipAllowlist: allowlist.map(networkOf) }), ip)
  expect(refused).toEqual(isAllowed ? undefined : { denied: 'ip_not_allowed' })
})

function networkOf(text: string): Network {
  return parseNetwork(text) as Network
}
