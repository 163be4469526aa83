import { type Denied, denied } from '../decision.ts'
import { contains, parseAddress } from '../network.ts'
import type { KeyRecord } from '../ports.ts'

/** Refuses an address outside the key's allowlist. An unreadable address is outside of every list. */
export function checkIp({ ipAllowlist }: KeyRecord, ip: string): Denied | undefined {
  if (!ipAllowlist) return undefined
  const address = parseAddress(ip)
  const isListed = address !== undefined && ipAllowlist.some((network) => contains(network, address))
  return isListed ? undefined : denied('ip_not_allowed')
}
