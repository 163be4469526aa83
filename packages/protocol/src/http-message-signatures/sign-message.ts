import { PROFILE_ALGORITHMS } from '../algorithms.ts'
import type { SigningKey } from '../backend/backend.ts'
import { encodeUtf8 } from '../encoding.ts'
import { type Component, hasDuplicate, readComponent } from './component.ts'
import type { HttpMessage } from './message.ts'
import { MAX_COMPONENTS, MAX_NONCE_LENGTH } from './message-signature.ts'
import { isKey, serializeBytes, serializeString } from './serialize-structured-field.ts'
import { signatureBase } from './signature-base.ts'

/** A signature to make on a message. */
export interface SignatureToMake {
  readonly key: SigningKey
  /** The key's id, as the platform gave it. */
  readonly keyId: string
  /** What to cover, in this order: `@method`, `content-digest`, `@query-param;name="id"`. */
  readonly components: readonly string[]
  /** Unix seconds. */
  readonly createdSeconds: number
  /** Unix seconds; from then on the signature is not valid. */
  readonly expiresSeconds?: number
  readonly nonce?: string
  /** Whether to name the algorithm. Our verifier takes it from the registered key. */
  readonly namesAlgorithm?: boolean
  readonly tag?: string
  /** `sig1` if absent. */
  readonly label?: string
}

/** The two headers of a signature, names in lower case. */
export interface SignatureHeaders {
  readonly 'signature-input': string
  readonly signature: string
}

/**
 * The headers Signature-Input and Signature (RFC 9421) for a message. The order of parameters is created, keyid, nonce,
 * alg, expires, tag.
 *
 * @throws TypeError if a component has no value in this message, or a parameter cannot be sent unchanged
 */
export async function signMessage(message: HttpMessage, toMake: SignatureToMake): Promise<SignatureHeaders> {
  const { key, label = 'sig1' } = toMake
  const algorithm = PROFILE_ALGORITHMS['http-message-signatures'][key.type]
  const components = toMake.components.map(readComponent)
  if (!isKey(label)) throw new TypeError(`label must be lower-case letters, digits and _-.*: ${JSON.stringify(label)}`)
  if (components.length > MAX_COMPONENTS) throw new TypeError(`more than ${MAX_COMPONENTS} components`)
  if (hasDuplicate(components)) throw new TypeError('a component is named twice')
  const parametersText = identifiersOf(components) + parametersOf(toMake, algorithm.name)
  const base = signatureBase({ components, parametersText }, message)
  if (typeof base !== 'string') throw new TypeError(base.message)
  const signature = await key.sign(algorithm, encodeUtf8(base))
  return { 'signature-input': `${label}=${parametersText}`, signature: `${label}=${serializeBytes(signature)}` }
}

function identifiersOf(components: readonly Component[]): string {
  return `(${components.map(({ identifier }) => identifier).join(' ')})`
}

function parametersOf(toMake: SignatureToMake, algorithmName: string): string {
  const { nonce, expiresSeconds, tag } = toMake
  if (nonce !== undefined && (nonce.length === 0 || nonce.length > MAX_NONCE_LENGTH)) {
    throw new TypeError(`nonce must have 1 to ${MAX_NONCE_LENGTH} characters`)
  }
  let text = `;created=${seconds(toMake.createdSeconds)};keyid=${serializeString(toMake.keyId)}`
  if (nonce !== undefined) text += `;nonce=${serializeString(nonce)}`
  if (toMake.namesAlgorithm) text += `;alg=${serializeString(algorithmName)}`
  if (expiresSeconds !== undefined) text += `;expires=${seconds(expiresSeconds)}`
  if (tag !== undefined) text += `;tag=${serializeString(tag)}`
  return text
}

function seconds(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > 1e11) throw new TypeError(`must be Unix seconds: ${value}`)
  return String(value)
}
