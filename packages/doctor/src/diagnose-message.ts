import {
  checkContentDigest,
  type MessageSignature,
  needsNonce,
  PROFILE_ALGORITHMS,
  type RequestMessage,
  readMessageSignatures,
  requiredComponents,
  signatureBase,
} from '@countersign/protocol'
import type { CauseCode } from './causes.ts'
import { chooseKeys, isKeyId } from './choose-keys.ts'
import { BASE_PATH, ofSignature, WINDOW_MS } from './diagnose-access.ts'
import type { CandidateKey, Diagnosis, DiagnosisContext, Finding } from './diagnosis.ts'
import { checkAfterSignature, unseenOf } from './inspect/check-after-signature.ts'
import { checkSignatureForm } from './inspect/check-signature-form.ts'
import { checkCreated } from './inspect/check-time.ts'
import { authoritiesOf, headerOf, type RefusedRequest } from './refused-request.ts'
import type { SearchDepth } from './search/depth.ts'
import { messageBases } from './search/message-bases.ts'
import { searchKeys } from './search/search-keys.ts'
import { signedTextOf, verdictOf } from './verdict.ts'

/** Why a request with an RFC 9421 signature was refused. */
export async function diagnoseMessage(
  request: RefusedRequest,
  context: DiagnosisContext,
  depth: SearchDepth,
): Promise<Diagnosis> {
  const read = readMessageSignatures((name) => headerOf(request, name))
  if ('problem' in read) {
    const cause = UNREADABLE[read.problem] ?? 'signature_input_malformed'
    return verdictOf([{ cause, confidence: 'certain', details: `${read.message}.` }])
  }
  const signature = chooseSignature(read, context)
  if (!signature) return verdictOf([{ cause: 'signature_input_malformed', confidence: 'certain' }])
  const [firstAuthority, ...authorities] = authoritiesOf(request, context.authority)
  const message: RequestMessage = {
    method: request.method,
    target: request.target,
    authority: firstAuthority ?? '',
    scheme: context.scheme ?? request.scheme ?? 'https',
    header: (name) => headerOf(request, name),
  }
  const keys = chooseKeys(context.keys ?? [], signature.keyId)
  const readings = [{ bytes: signature.signature }]
  const found = await searchKeys({
    keys,
    readings,
    profile: 'http-message-signatures',
    depth,
    textsOf: async (to) =>
      messageBases({ signature, message, basePath: context.basePath ?? BASE_PATH, authorities }, to),
    onProgress: context.onProgress,
  })

  const expected = signatureBase(signature, message)
  const findings: Finding[] = [
    ...checkTag(signature, context.tag),
    ...checkCoverage(signature, request),
    ...checkTime(signature, context),
  ]
  if (signature.keyId !== undefined && !isKeyId(signature.keyId)) findings.push(certain('key_id_malformed'))
  if (keys.isUnknown) findings.push(certain('key_unknown'))
  findings.push(...checkAlgorithm(signature, keys.registered))
  if (typeof expected !== 'string') findings.push(certain('signature_input_malformed', `${expected.message}.`))
  findings.push(...ofSignature(found))
  const form = found ? undefined : checkSignatureForm(readings, keys.registered?.key)
  if (form) findings.push({ ...form, confidence: 'likely' })
  findings.push(...(await checkBody(request)))
  if (typeof expected !== 'string') return verdictOf(findings)
  if (found && findings.length === 0)
    findings.push(...checkAfterSignature(request, 'http-message-signatures', found.key, context))
  const unseen = unseenOf(context, context.serverTimeMs !== undefined)
  return verdictOf(findings, found && signedTextOf(found, expected), expected, undefined, unseen)
}

const UNREADABLE: Readonly<Record<string, CauseCode | undefined>> = {
  signature_absent: 'signature_missing',
  signature_input_absent: 'signature_input_missing',
}

/** As on the server: the tag must fit, and of these signatures the one with a known key counts. */
function chooseSignature(
  signatures: readonly MessageSignature[],
  { tag, keys = [] }: DiagnosisContext,
): MessageSignature | undefined {
  const tagged = signatures.filter((signature) => tag === undefined || signature.tag === tag)
  const known = tagged.find(({ keyId }) => keys.some((candidate) => candidate.keyId === keyId))
  return known ?? tagged[0] ?? signatures[0]
}

function checkTag({ tag }: MessageSignature, wanted: string | undefined): Finding[] {
  return wanted === undefined || tag === wanted ? [] : [certain('tag_differs', `The server takes tag="${wanted}".`)]
}

function checkCoverage(signature: MessageSignature, request: RefusedRequest): Finding[] {
  const covered = signature.components.filter(({ parameters }) => parameters.size === 0).map(({ name }) => name)
  const inUri = covered.includes('@target-uri') ? ['@authority', '@path', '@query'] : []
  const toCover = { target: request.target, hasBody: hasBody(request) }
  const missing = requiredComponents(toCover).filter((name) => !covered.includes(name) && !inUri.includes(name))
  const findings: Finding[] = []
  if (missing.includes('@query')) findings.push(certain('query_not_covered'))
  if (missing.includes('content-digest')) findings.push(certain('digest_not_covered'))
  const others = missing.filter((name) => name !== '@query' && name !== 'content-digest')
  if (signature.createdSeconds === undefined) others.push('created')
  if (signature.keyId === undefined) others.push('keyid')
  if (others.length > 0) findings.push(certain('components_missing', `Missing: ${others.join(', ')}.`))
  if (signature.nonce === undefined && needsNonce(request.method)) findings.push(certain('nonce_missing'))
  return findings
}

function hasBody(request: RefusedRequest): boolean {
  if (request.body !== undefined) return request.body.length > 0
  const length = headerOf(request, 'content-length')
  return headerOf(request, 'transfer-encoding') !== undefined || (length !== undefined && length !== '0')
}

function checkTime(
  { createdSeconds, expiresSeconds }: MessageSignature,
  { serverTimeMs, windowMs = WINDOW_MS }: DiagnosisContext,
): Finding[] {
  const created = createdSeconds === undefined ? undefined : checkCreated(createdSeconds, serverTimeMs, windowMs)
  const isExpired = expiresSeconds !== undefined && serverTimeMs !== undefined && serverTimeMs >= expiresSeconds * 1000
  const findings: Finding[] = []
  if (created) findings.push(certain(created.cause, created.details))
  if (isExpired) findings.push(certain('signature_expired'))
  return findings
}

function checkAlgorithm({ algorithm }: MessageSignature, candidate: CandidateKey | undefined): Finding[] {
  if (algorithm === undefined || !candidate) return []
  const { name } = PROFILE_ALGORITHMS['http-message-signatures'][candidate.key.type]
  return algorithm === name ? [] : [certain('algorithm_named_wrong', `The algorithm of this key is ${name}.`)]
}

async function checkBody(request: RefusedRequest): Promise<Finding[]> {
  const digest = headerOf(request, 'content-digest')
  if (digest === undefined || request.body === undefined) return []
  const problem = await checkContentDigest(typeof digest === 'string' ? digest : digest.join(', '), request.body)
  return problem ? [certain('digest_of_other_body', `${problem.message}.`)] : []
}

function certain(cause: CauseCode, details?: string): Finding {
  return { cause, confidence: 'certain', details }
}
