/** An IP address as a number of 128 bits; IPv4 as its IPv4-mapped form (RFC 4291 section 2.5.5.2). */
export type Address = bigint

/** A range of addresses: all that share the first bits. */
export interface Network {
  readonly base: Address
  /** The last address; `base` is the first. */
  readonly last: Address
  /** How many of the 128 bits are shared, 0 to 128. */
  readonly prefixBits: number
}

/** Why a text is not a network. If only host bits are set, also the network that was meant. */
export interface NetworkProblem {
  readonly problem: string
  readonly suggestion?: string
}

const MAPPED = 0xffff_0000_0000n
const V4_BITS = 32
const V6_BITS = 128
const ZERO = 0x30
const DOT = 0x2e
const COLON = 0x3a

/** The address of a text (dotted decimal, RFC 4291 text form), or `undefined`. A zone (`%eth0`) is ignored. */
export function parseAddress(text: string): Address | undefined {
  if (text !== last.text) last = { text, address: readAddress(text) }
  return last.address
}

/**
 * The last address. A request's address is read up to three times: to check its form, to count failures, and for the
 * key's allowlist.
 */
let last: { readonly text: string; readonly address: Address | undefined } = { text: '', address: undefined }

function readAddress(text: string): Address | undefined {
  if (text.length > 64) return undefined
  if (!text.includes(':')) {
    const v4 = parseV4(text)
    return v4 === undefined ? undefined : MAPPED | v4
  }
  const zone = text.indexOf('%')
  return parseV6(zone === -1 ? text : text.slice(0, zone))
}

/** The network of a text in CIDR form, or of a single address; otherwise why it is none. Never throws. */
export function parseNetwork(text: string): Network | NetworkProblem {
  const [addressText = '', bitsText, ...rest] = text.split('/')
  const address = addressText.includes('%') ? undefined : parseAddress(addressText)
  const isV4 = !addressText.includes(':')
  const width = isV4 ? V4_BITS : V6_BITS
  const bits = bitsText === undefined ? width : /^(?:0|[1-9]\d{0,2})$/.test(bitsText) ? Number(bitsText) : -1
  if (address === undefined || bits < 0 || bits > width || rest.length > 0) {
    return { problem: 'must be an address or a network such as 203.0.113.0/24 or 2001:db8::/32' }
  }
  const prefixBits = V6_BITS - width + bits
  const base = firstOf(address, prefixBits)
  if (base === address) return { base, last: base | hostMask(prefixBits), prefixBits }
  const suggestion = `${isV4 ? writeV4(base) : writeV6(base)}/${bits}`
  return { problem: `is not a network address; ${suggestion} is`, suggestion }
}

/** A network as text in CIDR form, which `parseNetwork` reads as the same network. */
export function writeNetwork({ base, prefixBits }: Network): string {
  const isV4 = base >> 32n === MAPPED >> 32n && prefixBits >= V6_BITS - V4_BITS
  return isV4 ? `${writeV4(base)}/${prefixBits - V6_BITS + V4_BITS}` : `${writeV6(base)}/${prefixBits}`
}

/** Whether an address lies in a network. */
export function contains({ base, last }: Network, address: Address): boolean {
  return base <= address && address <= last
}

/**
 * The unit by which strangers are counted: an IPv4 address, or the /64 of an IPv6 address, because one customer usually
 * gets a /64. All unreadable texts count as one.
 */
export function addressPrefix(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) return 'unreadable'
  if (address >> 32n === MAPPED >> 32n) return writeV4(address)
  return `${(address >> 64n).toString(16)}::/64`
}

function hostMask(prefixBits: number): Address {
  return (1n << BigInt(V6_BITS - prefixBits)) - 1n
}

function firstOf(address: Address, prefixBits: number): Address {
  return address & ~hostMask(prefixBits)
}

/**
 * Four numbers of 0 to 255 between dots, without leading zeros. It reads the text in one pass, because every request
 * needs it.
 */
function parseV4(text: string): bigint | undefined {
  let value = 0
  let part = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit >= 0 && digit <= 9) {
      part = part * 10 + digit
      if (++digits > 1 && (part < 10 || part > 255)) return undefined
    } else {
      if (text.charCodeAt(i) !== DOT || digits === 0 || ++dots > 3) return undefined
      value = value * 256 + part
      part = digits = 0
    }
  }
  return dots === 3 && digits > 0 ? BigInt(value * 256 + part) : undefined
}

/**
 * Eight groups; `::` stands for groups of zeros; the last two may be an IPv4 address. It reads the text in one pass
 * too.
 */
function parseV6(text: string): bigint | undefined {
  const groups: number[] = []
  let gapAt = -1
  let group = 0
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const digit = hexDigit(code)
    if (digit >= 0) {
      group = group * 16 + digit
      if (++digits > 4) return undefined
    } else if (code === DOT) {
      const v4 = parseV4(text.slice(i - digits))
      if (v4 === undefined) return undefined
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn))
      digits = 0
      break
    } else {
      if (code !== COLON || (digits === 0 && i > 0)) return undefined
      if (digits > 0) groups.push(group)
      group = digits = 0
      if (text.charCodeAt(i + 1) === COLON) {
        if (gapAt !== -1) return undefined
        gapAt = groups.length
        i++
      } else if (i === 0 || i === text.length - 1) return undefined
    }
  }
  if (digits > 0) groups.push(group)
  return toAddress(groups, gapAt)
}

function toAddress(groups: readonly number[], gapAt: number): bigint | undefined {
  const missing = 8 - groups.length
  if (gapAt === -1 ? missing !== 0 : missing < 1) return undefined
  const groupAt = (i: number) => {
    if (gapAt === -1 || i < gapAt) return groups[i] ?? 0
    return i < gapAt + missing ? 0 : (groups[i - missing] ?? 0)
  }
  const half = (i: number) => BigInt(groupAt(i) * 0x1_0000 + groupAt(i + 1))
  return (half(0) << 96n) | (half(2) << 64n) | (half(4) << 32n) | half(6)
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= 0x39) return code - ZERO
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function writeV4(address: Address): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join('.')
}

function writeV6(address: Address): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((address >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')
}
