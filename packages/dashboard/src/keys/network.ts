/** A network that a person wrote; or what is wrong with it, and what they probably meant. */
export type NetworkRead = { readonly network: string } | { readonly problem: string; readonly suggestion?: string }

/** Reads an address or a CIDR range, v4 or v6. A range with host bits set is refused. */
export function readNetwork(text: string): NetworkRead {
  const written = text.trim()
  const [address = '', prefix, ...rest] = written.split('/')
  const bytes = bytesOf(address)
  const problem = `${written} is not an address or a network like 203.0.113.0/24.`
  if (!bytes || rest.length > 0) return { problem }
  if (prefix === undefined) return { network: written }
  const bits = bytes.length * 8
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    return { problem: `${written} is not a network: the number after / goes up to ${bits}.` }
  }
  const masked = bytes.map((byte, i) => byte & maskOf(Number(prefix) - i * 8))
  if (masked.every((byte, i) => byte === bytes[i])) return { network: written }
  return { problem: `${written} is not a network address.`, suggestion: `${textOf(masked)}/${Number(prefix)}` }
}

/** Whether an address is in one of these networks; `undefined` where the text is not an address. */
export function isInNetworks(address: string, networks: readonly string[]): boolean | undefined {
  const bytes = bytesOf(address)
  if (!bytes) return undefined
  return networks.some((network) => {
    const [base = '', prefix] = network.split('/')
    const of = bytesOf(base)
    if (of?.length !== bytes.length) return false
    const bits = prefix === undefined ? bytes.length * 8 : Number(prefix)
    return of.every((byte, i) => (byte & maskOf(bits - i * 8)) === ((bytes[i] ?? 0) & maskOf(bits - i * 8)))
  })
}

function maskOf(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff
}

function bytesOf(address: string): number[] | undefined {
  return address.includes(':') ? bytesOfV6(address) : bytesOfV4(address)
}

function bytesOfV4(address: string): number[] | undefined {
  const parts = address.split('.')
  const fits = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return fits ? parts.map(Number) : undefined
}

function bytesOfV6(address: string): number[] | undefined {
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
}

function textOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16))
  const zeros = /(?:^|:)0(?::0)+(?:$|:)/g
  const longest = [...groups.join(':').matchAll(zeros)].sort((a, b) => b[0].length - a[0].length)[0]
  return longest ? groups.join(':').replace(longest[0], '::') : groups.join(':')
}
