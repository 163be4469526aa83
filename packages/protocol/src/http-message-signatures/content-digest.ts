import { backend } from '#backend'
import type { MaybePromise } from '../backend/backend.ts'
import { equalBytes } from '../encoding.ts'
import { type FieldValue, linesOf } from './message.ts'
import { parseDictionary } from './parse-structured-field.ts'
import { type MessageProblem, messageProblem } from './problem.ts'
import { serializeBytes } from './serialize-structured-field.ts'
import { isInnerList } from './structured-field.ts'

/** The accepted digests of RFC 9530; the others of its registry are insecure. */
export type DigestAlgorithm = 'sha-256' | 'sha-512'

const DIGESTS: Readonly<Record<DigestAlgorithm, (body: Uint8Array) => MaybePromise<Uint8Array>>> = {
  'sha-256': (body) => backend.sha256(body),
  'sha-512': (body) => backend.sha512(body),
}

/** The value of Content-Digest (RFC 9530) for a body. */
export async function contentDigest(body: Uint8Array, algorithm: DigestAlgorithm = 'sha-256'): Promise<string> {
  return `${algorithm}=${serializeBytes(await DIGESTS[algorithm](body))}`
}

/**
 * Why a Content-Digest does not match a body, or `undefined`. At least one digest of a known algorithm must be there,
 * and each of those must match; others are ignored. Never throws on any received value; at once under Node.
 */
export function checkContentDigest(value: FieldValue, body: Uint8Array): MaybePromise<MessageProblem | undefined> {
  const lines = linesOf(value)
  if (lines.length === 0) return messageProblem('digest_absent')
  const dictionary = parseDictionary(lines)
  if (typeof dictionary === 'string') return messageProblem('digest_malformed')
  const matches: MaybePromise<boolean>[] = []
  for (const [name, member] of dictionary) {
    if (isInnerList(member) || member.item.kind !== 'bytes') return messageProblem('digest_malformed')
    if (isKnown(name)) matches.push(isDigest(member.item.value, DIGESTS[name](body)))
  }
  if (matches.length === 0) return messageProblem('digest_unknown')
  return matches.every(isReady) ? verdict(matches) : Promise.all(matches).then(verdict)
}

function isDigest(stated: Uint8Array, digest: MaybePromise<Uint8Array>): MaybePromise<boolean> {
  return digest instanceof Promise ? digest.then((bytes) => equalBytes(stated, bytes)) : equalBytes(stated, digest)
}

function verdict(matches: readonly boolean[]): MessageProblem | undefined {
  return matches.every(Boolean) ? undefined : messageProblem('digest_mismatch')
}

function isKnown(name: string): name is DigestAlgorithm {
  return Object.hasOwn(DIGESTS, name)
}

function isReady(match: MaybePromise<boolean>): match is boolean {
  return typeof match === 'boolean'
}
