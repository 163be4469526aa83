import type { MaybePromise } from '@countersign/protocol'
import { andThen } from './and-then.ts'
import { type Denied, type Explanation, proven } from './decision.ts'
import type { KeyRecord } from './ports.ts'
import type { GateRequest } from './request.ts'
import { checkIp } from './steps/check-ip.ts'
import { checkKeyState } from './steps/check-key-state.ts'

/** Says why a signature was refused. The package doctor knows how; a gate works without it. */
export interface Explain {
  /** What is wrong with the time that a request names: arithmetic, told to anyone. */
  time(request: GateRequest, nowMs: number): Explanation | undefined
  /**
   * What is wrong with a signature that did not verify, only where it provably is the key's own, made for the time that the
   * request names. Never throws.
   */
  signature(request: GateRequest, record: KeyRecord, nowMs: number): MaybePromise<Explanation | undefined>
}

/** A refusal for the timestamp, its form or its time, with what is wrong with it. */
export function explainTime(
  refused: Denied,
  request: GateRequest,
  explain: Explain | undefined,
  nowMs: number,
): Denied {
  const isOfTime = refused.denied === 'timestamp_expired' || refused.denied === 'timestamp_invalid'
  const diagnosis = isOfTime ? explain?.time(request, nowMs) : undefined
  return diagnosis ? { ...refused, diagnosis } : refused
}

/**
 * A refusal for a wrong signature, with the mistake in it where it proves that the key's holder sent it. That is looked for
 * whatever the key's state and allowlist are, and told only where they would let the request pass: so neither the
 * answer nor the time that it takes tells a stranger of them.
 */
export function explainSignature(
  refused: Denied,
  request: GateRequest,
  record: KeyRecord,
  explain: Explain | undefined,
  nowMs: number,
): MaybePromise<Denied> {
  const found = explain?.signature(request, record, nowMs)
  if (found === undefined) return refused
  return andThen(found, (diagnosis) => {
    if (!diagnosis || checkKeyState(record, nowMs) || checkIp(record, request.ip)) return refused
    return proven({ ...refused, diagnosis }, record)
  })
}
