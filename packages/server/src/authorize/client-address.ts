import { contains, type Network, parseAddress, parseNetwork } from '@countersign/gate'

/** The proxies whose word on the caller's address counts. */
export interface TrustedProxies {
  includes(address: string): boolean
}

/**
 * Trusted proxies from addresses and CIDR ranges.
 *
 * @throws TypeError where one is neither; the configuration refuses those before
 */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const networks = ranges.map(toNetwork)
  const known = new Map<string, boolean>()
  return {
    includes(text) {
      const before = known.get(text)
      if (before !== undefined) return before
      const address = parseAddress(text)
      const isTrusted = address !== undefined && networks.some((network) => contains(network, address))
      if (isTrusted) known.set(text, true)
      return isTrusted
    },
  }
}

/**
 * The caller's address: from the peer on, X-Forwarded-For is walked right to left for as long as the address at hand is a
 * trusted proxy's, since only what a trusted proxy added can be believed. `undefined` where an entry is no address.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | readonly string[] | undefined,
  proxies: TrustedProxies,
): string | undefined {
  const hops = typeof forwardedFor === 'object' ? forwardedFor.join() : forwardedFor
  let [address, end] = [peer, hops?.length ?? -1]
  while (end >= 0 && hops !== undefined && proxies.includes(address)) {
    const comma = end === 0 ? -1 : hops.lastIndexOf(',', end - 1)
    address = hops.slice(comma + 1, end).trim()
    if (parseAddress(address) === undefined) return undefined
    end = comma
  }
  return address
}

function toNetwork(range: string): Network {
  const network = parseNetwork(range)
  if ('problem' in network) throw new TypeError(`trusted proxy ${JSON.stringify(range)} ${network.problem}`)
  return network
}
