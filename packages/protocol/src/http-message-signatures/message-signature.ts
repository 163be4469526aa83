import { type Component, componentOf, hasDuplicate } from './component.ts'
import { type FieldValue, linesOf } from './message.ts'
import { parseDictionary } from './parse-structured-field.ts'
import { type MessageProblem, messageProblem } from './problem.ts'
import { serializeMember } from './serialize-structured-field.ts'
import type { Coverage } from './signature-base.ts'
import {
  type BareItem,
  type Dictionary,
  type InnerList,
  type Item,
  isInnerList,
  type Member,
  type Parameters,
} from './structured-field.ts'

/** One signature of a message as received. Nothing of it is verified. */
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

type KnownParameters = Pick<
  MessageSignature,
  'createdSeconds' | 'expiresSeconds' | 'keyId' | 'nonce' | 'algorithm' | 'tag'
>

/** Longest text of Signature-Input and Signature together. */
export const MAX_SIGNATURE_TEXT_LENGTH = 8192

/** Most signatures on one message. */
export const MAX_SIGNATURES = 3

/** Most components that a signature may cover. */
export const MAX_COMPONENTS = 16

/** Longest nonce. A client of the web-bot-auth profile always sends 88 characters (64 bytes in base64). */
export const MAX_NONCE_LENGTH = 128

/**
 * The signatures of a message, from its headers Signature-Input and Signature, or what is wrong. Never throws. Its time
 * is linear in the length of the headers, which is bounded. The caller chooses which signature counts, by `tag` and
 * `keyId`.
 *
 * The base is built from the parsed values in canonical form, as RFC 9421 section 3.2 says, not from the received text.
 * So white space that a library or a proxy changed makes no difference. Text that could be read in two ways is refused.
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
  const components = knownComponents.get(items) ?? componentsOf(items)
  if ('problem' in components) return components
  const known = knownParameters(parameters)
  if (typeof known === 'string') return messageProblem('parameter_invalid', 'Signature-Input', known)
  const { createdSeconds, expiresSeconds, keyId, nonce, algorithm, tag } = known
  const parametersText = input.text ?? serializeMember(input)
  return { label, components, signature, parametersText, createdSeconds, expiresSeconds, keyId, nonce, algorithm, tag }
}

/** The components of items that are cached for many messages. */
const knownComponents = new WeakMap<readonly Item[], readonly Component[]>()

function componentsOf(items: readonly Item[]): readonly Component[] | MessageProblem {
  const components: Component[] = []
  for (const item of items) {
    const component = componentOf(item)
    if (!component) return messageProblem('malformed', 'Signature-Input')
    components.push(component)
  }
  if (hasDuplicate(components)) return messageProblem('duplicate_component', 'Signature-Input')
  knownComponents.set(items, components)
  return components
}

/**
 * The known parameters, or the first whose value does not have its type and range. Other parameters are covered and
 * ignored.
 */
function knownParameters(parameters: Parameters): KnownParameters | string {
  let createdSeconds: number | undefined
  let expiresSeconds: number | undefined
  let keyId: string | undefined
  let nonce: string | undefined
  let algorithm: string | undefined
  let tag: string | undefined
  for (const [key, item] of parameters) {
    switch (key) {
      case 'created':
        createdSeconds = secondsOf(item)
        if (createdSeconds === undefined) return key
        break
      case 'expires':
        expiresSeconds = secondsOf(item)
        if (expiresSeconds === undefined) return key
        break
      case 'nonce':
        nonce = textOf(item)
        if (!isNonce(nonce)) return key
        break
      case 'keyid':
        keyId = textOf(item)
        if (keyId === undefined) return key
        break
      case 'alg':
        algorithm = textOf(item)
        if (algorithm === undefined) return key
        break
      case 'tag':
        tag = textOf(item)
        if (tag === undefined) return key
        break
    }
  }
  return { createdSeconds, expiresSeconds, keyId, nonce, algorithm, tag }
}

function isNonce(text: string | undefined): boolean {
  return text !== undefined && text.length > 0 && text.length <= MAX_NONCE_LENGTH
}

function secondsOf(item: BareItem): number | undefined {
  return item.kind === 'integer' && item.value >= 0 ? item.value : undefined
}

function textOf(item: BareItem): string | undefined {
  return item.kind === 'string' ? item.value : undefined
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
