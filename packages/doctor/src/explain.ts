import { type FieldValue, type PublicKey, readMessageSignatures } from '@countersign/protocol'
import { CAUSES, type CauseCode } from './causes.ts'
import { diagnose } from './diagnose.ts'
import type { DiagnosisContext, Finding } from './diagnosis.ts'
import { checkCreated, checkTimestamp, type TimeProblem } from './inspect/check-time.ts'
import type { RefusedRequest } from './refused-request.ts'
import { QUICK } from './search/depth.ts'

/** What a server may disclose about a refusal: docs/security.md "The doctor". */
export interface Explanation {
  readonly cause: CauseCode
  /** What to do about it, sizes included. */
  readonly hint: string
  /** The signed text, if one was found. */
  readonly signedText?: string
  readonly expectedText?: string
}

/** The headers with the time of signing, by their lower-case names. */
export interface SignedAt {
  /** The name of the timestamp header in the access-header profile. */
  readonly timestampName: string
  header(name: string): FieldValue
}

/**
 * Why a timestamp was refused: its unit, its direction and its size. This is arithmetic over what the sender sent and
 * the time that every answer carries in its Date header. So it may be disclosed to anyone.
 */
export function explainTime(
  { timestampName, header }: SignedAt,
  nowMs: number,
  windowMs: number,
): Explanation | undefined {
  const timestamp = header(timestampName)
  if (typeof timestamp === 'string') return toExplanation(checkTimestamp(timestamp, nowMs, windowMs))
  const signatures = timestamp === undefined ? readMessageSignatures(header) : []
  if ('problem' in signatures) return undefined
  for (const { createdSeconds } of signatures) {
    const problem = createdSeconds === undefined ? undefined : checkCreated(createdSeconds, nowMs, windowMs)
    if (problem) return toExplanation(problem)
  }
  return undefined
}

/**
 * Why a signature is wrong. There is an answer only if it provably is the key's own and was made for the request's own
 * time: its sender holds the private key, or has captured a request of this moment. Otherwise `undefined`. At most 24
 * public-key operations.
 */
export async function explainSignature(
  request: RefusedRequest,
  key: PublicKey,
  context: Pick<DiagnosisContext, 'authority' | 'scheme' | 'basePath' | 'headerPrefix' | 'tag'>,
): Promise<Explanation | undefined> {
  const diagnosis = await diagnose(request, { ...context, keys: [{ key }] }, QUICK)
  if (diagnosis.verdict !== 'mistake' || !diagnosis.signed?.isTimed) return undefined
  const { findings, signed, expected } = diagnosis
  return {
    cause: findings[0].cause,
    hint: findings.map(hintOf).join(' '),
    signedText: signed.encoding === undefined ? signed.diff.signed : undefined,
    expectedText: expected,
  }
}

function hintOf({ cause }: Pick<Finding, 'cause'>): string {
  return CAUSES[cause].hint
}

function toExplanation(problem: TimeProblem | undefined): Explanation | undefined {
  if (!problem) return undefined
  const { cause, details } = problem
  return { cause, hint: details === undefined ? hintOf({ cause }) : `${details} ${hintOf({ cause })}` }
}
