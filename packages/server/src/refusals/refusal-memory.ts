import { randomUUID } from 'node:crypto'
import type { Denied, GateRequest } from '@countersign/gate'
import { pathOf } from '@countersign/protocol'
import type { RememberedRefusal } from './remembered-refusal.ts'
import { WaitingRefusals } from './waiting-refusals.ts'

/** The refusals of one thread that it has not yet handed over, in memory and bounded. */
export interface RefusalMemory {
  /** Notes a refusal: under its key if it provably came from the holder, otherwise among the claimed ones. */
  refused(refusal: Denied, request: Pick<GateRequest, 'method' | 'target' | 'ip' | 'header'>): void
  /** Those of a key; without a key, those that do not prove their sender. */
  waiting(keyId: string | undefined): readonly RememberedRefusal[]
  /** What was noted since the last call. */
  take(): readonly RememberedRefusal[]
}

/** The longest signed text that is remembered. */
const MAX_TEXT_LENGTH = 1_024

/**
 * An empty memory.
 *
 * @param publicPrefix the prefix that an outer proxy removed from the paths; they are remembered as clients sent them
 */
export function createRefusalMemory(keyIdHeader: string, now: () => number, publicPrefix = ''): RefusalMemory {
  const waiting = new WaitingRefusals()
  return {
    refused(refusal, request) {
      const { provenKeyId: keyId } = refusal
      const claimedKeyId = keyId === undefined ? claimedIn(request, keyIdHeader) : undefined
      const seen = remember(refusal, { ...request, target: publicPrefix + request.target })
      waiting.add({ ...seen, id: randomUUID(), at: now(), keyId, claimedKeyId })
    },
    waiting: (keyId) => waiting.of(keyId),
    take: () => waiting.take(),
  }
}

function remember(
  { denied, details, diagnosis }: Denied,
  { method, target, ip }: Pick<GateRequest, 'method' | 'target' | 'ip'>,
): Omit<RememberedRefusal, 'id' | 'at'> {
  return {
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
