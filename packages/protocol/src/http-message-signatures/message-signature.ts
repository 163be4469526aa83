import { type Component, componentOf, hasDuplicate } from './component.ts'
import { type FieldValue, linesOf } from './message.ts'
import { parseDictionary } from './parse-structured-field.ts'
import { type MessageProblem, messageProblem } from './problem.ts'
import { serializeParameters } from './serialize-structured-field.ts'
import type { Coverage } from './signature-base.ts'
import {
  type BareItem,
  type Dictionary,
  type InnerList,
  isInnerList,
  type Member,
  type Parameters,
} from './structured-field.ts'

/** One signature of a message as it was received; none of it is verified. */
export interface MessageSignature extends Coverage {
  readonly label: string
  readonly components: readonly Component[]
  readonly signature: Uint8Array
  /** Unix seconds. */
  readonly createdSeconds: number | undefined
  /** Unix seconds. */
  readonly expiresSeconds: number | undefined
  readonly keyId: string | undefined
  readonly nonce: string | undefined
  readonly algorithm: string | undefined
  readonly tag: string | undefined
}

/** Longest text of Signature-Input and Signature together. */
export const MAX_SIGNATURE_TEXT_LENGTH = 8192

/** Most signatures on one message. */
export const MAX_SIGNATURES = 3

/** Most components that a signature may cover. */
export const MAX_COMPONENTS = 64

/** Longest nonce. A client of the web-bot-auth profile has no choice but to send 88 characters (64 bytes in base64). */
export const MAX_NONCE_LENGTH = 128

/**
 * The signatures of a message, from its headers Signature-Input and Signature, or what is wrong. Never throws; linear in
 * the length of the headers, which is bounded. Which of them counts is for the caller to choose, by `tag` and `keyId`.
 *
 * The base is built from what was read in canonical form, as RFC 9421 section 3.2 says, not from the text received: white
 * space that a library or a proxy put differently changes nothing. What could be read in two ways is refused.
 */
export function readMessageSignatures(
  header: (name: string) => FieldValue,
): readonly MessageSignature[] | MessageProblem {
  const inputLines = linesOf(header('signature-input'))
  const signatureLines = linesOf(header('signature'))
  if (inputLines.length === 0)
    return messageProblem(signatureLines.length === 0 ? 'not_signed' : 'signature_input_absent')
  if (signatureLines.length === 0) return messageProblem('signature_absent')
  if (lengthOf(inputLines) + lengthOf(signatureLines) > MAX_SIGNATURE_TEXT_LENGTH) return messageProblem('too_long')
  const inputs = parseDictionary(inputLines)
  if (typeof inputs === 'string') return messageProblem(inputs, 'Signature-Input')
  const signatures = parseDictionary(signatureLines)
  if (typeof signatures === 'string') return messageProblem(signatures, 'Signature')
  return pair(inputs, signatures)
}

function pair(inputs: Dictionary, signatures: Dictionary): readonly MessageSignature[] | MessageProblem {
  if (inputs.size === 0) return messageProblem('malformed', 'Signature-Input')
  if (inputs.size > MAX_SIGNATURES) return messageProblem('too_many_signatures')
  if (inputs.size !== signatures.size) return messageProblem('labels_differ')
  const read: MessageSignature[] = []
  for (const [label, input] of inputs) {
    const value = signatures.get(label)
    if (!value) return messageProblem('labels_differ')
    const signature = bytesOf(value)
    if (!signature) return messageProblem('malformed', 'Signature')
    if (!isInnerList(input)) return messageProblem('malformed', 'Signature-Input')
    const message = readSignature(label, input, signature)
    if ('problem' in message) return message
    read.push(message)
  }
  return read
}

function readSignature(label: string, input: InnerList, signature: Uint8Array): MessageSignature | MessageProblem {
  const { items, parameters } = input
  if (items.length > MAX_COMPONENTS) return messageProblem('too_many_components')
  const components: Component[] = []
  let identifiers = ''
  for (const item of items) {
    const component = componentOf(item)
    if (!component) return messageProblem('malformed', 'Signature-Input')
    components.push(component)
    identifiers += identifiers === '' ? component.identifier : ` ${component.identifier}`
  }
  if (hasDuplicate(components)) return messageProblem('duplicate_component', 'Signature-Input')
  const wrong = wrongParameter(parameters)
  if (wrong !== undefined) return messageProblem('parameter_invalid', 'Signature-Input', wrong)
  return {
    label,
    components,
    signature,
    parametersText: `(${identifiers})${serializeParameters(parameters)}`,
    createdSeconds: numberOf(parameters.get('created')),
    expiresSeconds: numberOf(parameters.get('expires')),
    keyId: textOf(parameters.get('keyid')),
    nonce: textOf(parameters.get('nonce')),
    algorithm: textOf(parameters.get('alg')),
    tag: textOf(parameters.get('tag')),
  }
}

/** A parameter that means something here and whose value is not of its type and range. Others are covered and let be. */
function wrongParameter(parameters: Parameters): string | undefined {
  for (const key of parameters.keys()) {
    const item = parameters.get(key)
    if (key === 'created' || key === 'expires') {
      const seconds = numberOf(item)
      if (seconds === undefined || seconds < 0) return key
    } else if (key === 'nonce') {
      if (!isNonce(textOf(item))) return key
    } else if ((key === 'keyid' || key === 'alg' || key === 'tag') && textOf(item) === undefined) return key
  }
  return undefined
}

function isNonce(text: string | undefined): boolean {
  return text !== undefined && text.length > 0 && text.length <= MAX_NONCE_LENGTH
}

function numberOf(item: BareItem | undefined): number | undefined {
  return item?.kind === 'integer' ? item.value : undefined
}

function textOf(item: BareItem | undefined): string | undefined {
  return item?.kind === 'string' ? item.value : undefined
}

function bytesOf(member: Member): Uint8Array | undefined {
  if (isInnerList(member) || member.parameters.size > 0) return undefined
  return member.item.kind === 'bytes' ? member.item.value : undefined
}

function lengthOf(lines: readonly string[]): number {
  let length = 0
  for (const line of lines) length += line.length
  return length
}
