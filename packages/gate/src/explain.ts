import type { MaybePromise, RefusalName } from '@countersign/protocol'
import { andThen } from './and-then.ts'
import { type Denied, type Explanation, proven } from './decision.ts'
import type { KeyRecord } from './ports.ts'
import type { GateRequest } from './request.ts'
import { checkIp } from './steps/check-ip.ts'
import { checkKeyState } from './steps/check-key-state.ts'

/** Says why a signature was refused. The package `doctor` implements it. A gate works without it. */
export interface Explain {
  /**
   * What is wrong with the time or the form of a request. Anyone may read it: it is arithmetic and the look of the
   * request, and no key plays a part.
   */
  sent(refused: RefusalName, request: GateRequest, nowMs: number): Explanation | undefined
  /**
   * What is wrong with a signature that did not verify. There is an answer only if the signature is provably the key's
   * own and was made for the request's own time. Never throws.
   */
  signature(request: GateRequest, record: KeyRecord, nowMs: number): MaybePromise<Explanation | undefined>
}

/** A refusal for the time or the form of a request, which anyone can see, with the mistake in it. */
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
 * A refusal for a wrong signature. It names the mistake if the signature proves that the key's holder sent it. The
 * mistake is looked for whatever the key's state and allowlist are, and disclosed only if they would admit the request.
 * So neither the answer nor its time reveals them to a stranger. Otherwise only the form of the signature is explained,
 * as to anyone.
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
