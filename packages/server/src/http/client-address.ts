import { contains, type Network, parseAddress, parseNetwork } from '@countersign/gate'

/** The most trusted texts that are cached: a proxy writes an address in one way, a client behind it in many. */
const MAX_KNOWN = 1_024

/** The most entries of X-Forwarded-For that are read. */
const MAX_HOPS = 32

/** The proxies that are believed about a caller's address. */
export interface TrustedProxies {
  includes(address: string): boolean
}

/**
 * Trusted proxies from addresses and CIDR ranges.
 *
 * @throws TypeError if one is neither; the configuration refuses those before
 */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const networks = ranges.map(toNetwork)
  const known = new Set<string>()
  return {
    includes(text) {
      if (known.has(text)) return true
      const address = parseAddress(text)
      const isTrusted = address !== undefined && networks.some((network) => contains(network, address))
      if (!isTrusted) return false
      if (known.size >= MAX_KNOWN) known.clear()
      known.add(text)
      return true
    },
  }
}

/**
 * The caller's address. From the peer on, X-Forwarded-For is read from right to left, as long as the present address is
 * a trusted proxy's, because only entries of trusted proxies can be believed. Some proxies write a port behind the
 * address: it is ignored. `undefined` if an entry is not an address, has a zone (`fe80::1%eth0`, which has a meaning on
 * one machine only), or is one of too many.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | readonly string[] | undefined,
  proxies: TrustedProxies,
): string | undefined {
  const hops = typeof forwardedFor === 'object' ? forwardedFor.join() : forwardedFor
  let [address, end] = [peer, hops?.length ?? -1]
  for (let walked = 0; end >= 0 && hops !== undefined && proxies.includes(address); walked++) {
    if (walked === MAX_HOPS) return undefined
    const comma = end === 0 ? -1 : hops.lastIndexOf(',', end - 1)
    const entry = readEntry(hops.slice(comma + 1, end).trim())
    if (entry === undefined) return undefined
    address = entry
    end = comma
  }
  return address
}

function readEntry(text: string): string | undefined {
  const address = WITH_PORT.exec(text)?.slice(1).find(Boolean) ?? text
  return address.includes('%') || parseAddress(address) === undefined ? undefined : address
}

/** `203.0.113.9:51008`, `[2001:db8::7]:443` and `[2001:db8::7]`. */
const WITH_PORT = /^(?:([0-9.]{7,15}):\d{1,5}|\[([0-9A-Fa-f]*:[0-9A-Fa-f:.]{1,44})\](?::\d{1,5})?)$/

function toNetwork(range: string): Network {
  const network = parseNetwork(range)
  if ('problem' in network) throw new TypeError(`trusted proxy ${JSON.stringify(range)} ${network.problem}`)
  return network
}
