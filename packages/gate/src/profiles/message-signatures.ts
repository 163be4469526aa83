import {
  coverageProblem,
  encodeBase64,
  type MessageProblem,
  type MessageSignature,
  type RequestMessage,
  readMessageSignatures,
  verifyMessage,
} from '@countersign/protocol'
import { type Denied, denied } from '../decision.ts'
import type { GateRequest } from '../request.ts'
import type { ClaimedSignature } from './claimed-signature.ts'

/** How a gate accepts signatures of the profile `http-message-signatures`. */
export interface MessageSignatureOptions {
  /** The value of `tag` that counts here. If absent, any tag and no tag count. */
  readonly tag?: string
  /** The public host and port, if a proxy rewrites the Host header; otherwise that header counts. */
  readonly authority?: string
  /** The public scheme; `https` by default. */
  readonly scheme?: 'http' | 'https'
}

/**
 * The signatures in Signature-Input and Signature (RFC 9421, docs/wire.md section 6) that can count here: they have the
 * right tag and cover what they must. One to three of them, or why there is none.
 */
export function readMessageSignatureHeaders(
  request: GateRequest,
  options: MessageSignatureOptions,
): readonly ClaimedSignature[] | Denied {
  const read = readMessageSignatures(request.header)
  if ('problem' in read) return refuse(read)
  const tagged = read.filter(({ tag }) => options.tag === undefined || tag === options.tag)
  if (tagged.length === 0) return denied('signature_input_invalid', `no signature has the tag "${options.tag}"`)
  const authority = options.authority ?? request.header('host')
  if (typeof authority !== 'string') return denied('request_malformed', 'there must be one Host header')
  const { method, target, header } = request
  const message: RequestMessage = { method, target, authority, scheme: options.scheme ?? 'https', header }
  const toCover = { method, target, hasBody: hasBody(request) }
  const claimed: ClaimedSignature[] = []
  let first: MessageProblem | undefined
  for (const signature of tagged) {
    const problem = coverageProblem(signature, toCover)
    first ??= problem
    if (!problem) claimed.push(toClaimed(signature, message))
  }
  return claimed.length === 0 && first ? refuse(first) : claimed
}

function toClaimed(signature: MessageSignature, message: RequestMessage): ClaimedSignature {
  const { keyId = '', createdSeconds = 0, expiresSeconds, components } = signature
  const digest = components.some(({ identifier }) => identifier === '"content-digest"')
    ? message.header('content-digest')
    : undefined
  return {
    profile: 'http-message-signatures',
    keyId,
    timestampMs: createdSeconds * 1000,
    expiresMs: expiresSeconds === undefined ? undefined : expiresSeconds * 1000,
    nonce: signature.nonce,
    contentDigest: digest === undefined ? undefined : typeof digest === 'string' ? digest : digest.join(', '),
    dependsOnBody: () => true,
    verify: (key) => verifyMessage(signature, message, key),
    claimKey: () => signature.nonce ?? encodeBase64(signature.signature.subarray(0, TELLING_BYTES)),
  }
}

/** This many bytes of a signature distinguish it from every other of its key. */
const TELLING_BYTES = 24

/** Whether the request has a body: by the body itself if it was read, otherwise by the headers that frame it. */
export function hasBody({ header, body }: GateRequest): boolean {
  if (body !== undefined) return body.length > 0
  const length = header('content-length')
  return header('transfer-encoding') !== undefined || (length !== undefined && length !== '0')
}

function refuse({ refusal, message }: MessageProblem): Denied {
  return denied(refusal, message)
}
