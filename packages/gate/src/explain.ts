import type { MaybePromise, RefusalName } from '@countersign/protocol'
import { andThen } from './and-then.ts'
import { type Denied, type Explanation, proven } from './decision.ts'
import type { KeyRecord } from './ports.ts'
import type { GateRequest } from './request.ts'
import { checkIp } from './steps/check-ip.ts'
import { checkKeyState } from './steps/check-key-state.ts'

/** Says why a signature was refused. The package doctor knows how; a gate works without it. */
export interface Explain {
  /**
   * What is wrong with the time or the form of a request, told to anyone: arithmetic and the look of what was sent, in which
   * no key has a part.
   */
  sent(refused: RefusalName, request: GateRequest, nowMs: number): Explanation | undefined
  /**
   * What is wrong with a signature that did not verify, only where it provably is the key's own, made for the time that the
   * request names. Never throws.
   */
  signature(request: GateRequest, record: KeyRecord, nowMs: number): MaybePromise<Explanation | undefined>
}

/** A refusal for what anyone can see in a request, its time or its form, with what is wrong with it. */
export function explainSent(
  refused: Denied,
  request: GateRequest,
  explain: Explain | undefined,
  nowMs: number,
): Denied {
  const diagnosis = explain?.sent(refused.denied, request, nowMs)
  return diagnosis ? { ...refused, diagnosis } : refused
}

/**
 * A refusal for a wrong signature, with the mistake in it where it proves that the key's holder sent it. That is looked for
 * whatever the key's state and allowlist are, and told only where they would let the request pass: so neither the
 * answer nor the time that it takes tells a stranger of them. Else only the form of the signature is told, as to anyone.
 */
export function explainSignature(
  refused: Denied,
  request: GateRequest,
  record: KeyRecord,
  explain: Explain | undefined,
  nowMs: number,
): MaybePromise<Denied> {
  const found = explain?.signature(request, record, nowMs)
  return andThen(found, (diagnosis) => {
    if (!diagnosis || checkKeyState(record, nowMs) || checkIp(record, request.ip)) {
      return explainSent(refused, request, explain, nowMs)
    }
    return proven({ ...refused, diagnosis }, record)
  })
}
