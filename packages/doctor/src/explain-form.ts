import { type AccessHeaderNames, type FieldValue, readMessageSignatures } from '@countersign/protocol'
import { CAUSES, type CauseCode } from './causes.ts'
import { isKeyId } from './choose-keys.ts'
import type { Explanation } from './explain.ts'
import { checkAccessHeaders } from './inspect/check-access-headers.ts'
import { checkSignatureForm } from './inspect/check-signature-form.ts'
import { signatureReadings } from './search/signature-bytes.ts'

/** The headers of a request, by their lower-case names. */
export interface SentHeaders {
  /** The names of the access headers. */
  readonly names: AccessHeaderNames
  header(name: string): FieldValue
}

/** The part of the form to check: everything, the key id of an unknown key, or the signature that did not verify. */
export type FormPart = 'headers' | 'key id' | 'signature'

/** A longer value is not examined: no key makes such a signature. */
const MAX_SIGNATURE_LENGTH = 2048

/**
 * What is wrong with the form of a refused request. Everyone who sees the request sees it. No key, state or secret
 * plays a part, so it may be disclosed to anyone. It takes some microseconds.
 */
export function explainForm(sent: SentHeaders, part: FormPart): Explanation | undefined {
  const cause = part === 'headers' ? ofHeaders(sent) : part === 'key id' ? ofKeyId(sent) : ofSignature(sent)
  return cause && { cause, hint: CAUSES[cause].hint }
}

function ofHeaders({ names, header }: SentHeaders): CauseCode | undefined {
  const [keyId, timestamp, signature] = [header(names.keyId), header(names.timestamp), header(names.signature)]
  const hasAccess = [keyId, timestamp, signature].some((value) => value !== undefined)
  const hasMessage = header('signature-input') !== undefined
  if (hasAccess && hasMessage) return 'two_profiles'
  if (hasMessage || (!hasAccess && header('signature') !== undefined)) {
    const read = readMessageSignatures(header)
    if (!('problem' in read)) return undefined
    if (read.problem === 'signature_absent') return 'signature_missing'
    return read.problem === 'signature_input_absent' ? 'signature_input_missing' : 'signature_input_malformed'
  }
  if (!hasAccess) return header('authorization') === undefined ? 'headers_missing' : 'other_scheme'
  return checkAccessHeaders(keyId, timestamp, signature)[0]?.cause
}

function ofKeyId({ names, header }: SentHeaders): CauseCode | undefined {
  const keyId = header(names.keyId)
  if (typeof keyId === 'string') return isKeyId(keyId) ? undefined : 'key_id_malformed'
  const read = readMessageSignatures(header)
  if ('problem' in read) return undefined
  return read.every(({ keyId: id }) => id === undefined || isKeyId(id)) ? undefined : 'key_id_malformed'
}

function ofSignature({ names, header }: SentHeaders): CauseCode | undefined {
  const signature = header(names.signature)
  if (typeof signature !== 'string' || signature.length > MAX_SIGNATURE_LENGTH) return undefined
  return checkSignatureForm(signatureReadings(signature), undefined)?.cause
}
