import type { Denied, GateRequest } from '@countersign/gate'
import { pathOf } from '@countersign/protocol'

/** A remembered refusal. It is plain data, so that it can go to another thread. */
export interface RememberedRefusal extends Pick<Denied, 'denied' | 'details' | 'diagnosis'> {
  /** Unix milliseconds. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly ip: string
  /** The key id that the sender claimed, if the refusal does not prove its sender. */
  readonly claimedKeyId?: string
}

/** The last refusals of one thread, in memory and bounded. */
export interface RefusalMemory {
  /** Notes a refusal: under its key if it provably came from the holder, otherwise among the claimed ones. */
  refused(refusal: Denied, request: Pick<GateRequest, 'method' | 'target' | 'ip' | 'header'>): void
  /** The last refusals that provably came from the key's holder, oldest first. */
  ofKey(keyId: string): readonly RememberedRefusal[]
  /** The last refusals that do not prove their sender, oldest first. */
  claimed(): readonly RememberedRefusal[]
}

/** How many refusals of one key are remembered. */
export const MAX_OF_KEY = 50

/** How many refusals without proof are remembered, of all senders together. */
export const MAX_CLAIMED = 200

/** How many keys' refusals are remembered. The key with the oldest last refusal is dropped first. */
const MAX_KEYS = 1_000

/** The longest signed text that is remembered. */
const MAX_TEXT_LENGTH = 1_024

/**
 * An empty memory.
 *
 * @param publicPrefix the prefix that an outer proxy removed from the paths; they are remembered as clients sent them
 */
export function createRefusalMemory(keyIdHeader: string, now: () => number, publicPrefix = ''): RefusalMemory {
  const keys = new Map<string, RememberedRefusal[]>()
  const claimed: RememberedRefusal[] = []
  let next = 0

  return {
    refused(refusal, request) {
      const { provenKeyId } = refusal
      const seen = remember(refusal, { ...request, target: publicPrefix + request.target }, now())
      if (provenKeyId === undefined) {
        claimed[next] = { ...seen, claimedKeyId: claimedIn(request, keyIdHeader) }
        next = (next + 1) % MAX_CLAIMED
        return
      }
      const known = keys.get(provenKeyId) ?? []
      keys.delete(provenKeyId)
      keys.set(provenKeyId, known)
      known.push(seen)
      if (known.length > MAX_OF_KEY) known.shift()
      const [oldest] = keys.size > MAX_KEYS ? keys.keys() : []
      if (oldest !== undefined) keys.delete(oldest)
    },
    ofKey: (keyId) => keys.get(keyId) ?? [],
    claimed: () => [...claimed.slice(next), ...claimed.slice(0, next)],
  }
}

function remember(
  { denied, details, diagnosis }: Denied,
  { method, target, ip }: Pick<GateRequest, 'method' | 'target' | 'ip'>,
  at: number,
): RememberedRefusal {
  return {
    at,
    denied,
    method: copyOf(method, 32),
    path: copyOf(pathOf(target), 512),
    ip: copyOf(ip, 64),
    details: details === undefined ? undefined : copyOf(details, MAX_TEXT_LENGTH),
    diagnosis: diagnosis && withoutLongTexts(diagnosis),
  }
}

function withoutLongTexts(diagnosis: NonNullable<Denied['diagnosis']>): NonNullable<Denied['diagnosis']> {
  const { cause, hint, signedText = '', expectedText = '' } = diagnosis
  const isShort = signedText.length <= MAX_TEXT_LENGTH && expectedText.length <= MAX_TEXT_LENGTH
  return isShort ? diagnosis : { cause, hint }
}

function claimedIn({ header }: Pick<GateRequest, 'header'>, keyIdHeader: string): string | undefined {
  const given = header(keyIdHeader)
  const text = typeof given === 'string' ? given : /;keyid="([^"]*)"/.exec(`${header('signature-input') ?? ''}`)?.[1]
  return text && copyOf(text, 64)
}

/**
 * For V8 a part of a text is a view of the whole, and keeps all of it: a target of 14 KB for a path of 20 characters.
 */
function copyOf(text: string, maxLength: number): string {
  return Buffer.from(text.slice(0, maxLength)).toString()
}
