import type { AccessHeaderNames } from '@countersign/protocol'
import { malformedPart, pathOf, signedText } from '@countersign/protocol'
import type { CauseCode } from './causes.ts'
import { chooseKeys, isKeyId } from './choose-keys.ts'
import type { Diagnosis, DiagnosisContext, Finding } from './diagnosis.ts'
import { checkAccessHeaders } from './inspect/check-access-headers.ts'
import { checkAfterSignature, unseenOf } from './inspect/check-after-signature.ts'
import { checkSignatureForm } from './inspect/check-signature-form.ts'
import { checkTimestamp } from './inspect/check-time.ts'
import { authoritiesOf, headerOf, type RefusedRequest } from './refused-request.ts'
import { accessTexts } from './search/access-texts.ts'
import type { SearchDepth } from './search/depth.ts'
import { type KeyFound, searchKeys } from './search/search-keys.ts'
import { signatureReadings } from './search/signature-bytes.ts'
import { signedTextOf, verdictOf } from './verdict.ts'

/** The default time window, in milliseconds to either side (docs/wire.md section 2). */
export const WINDOW_MS = 30_000

/** The default base path. */
export const BASE_PATH = '/trade-api/v2'

/** Why a request in access headers was refused. */
export async function diagnoseAccess(
  request: RefusedRequest,
  names: AccessHeaderNames,
  context: DiagnosisContext,
  depth: SearchDepth,
): Promise<Diagnosis> {
  const [keyId, timestamp, signature] = [names.keyId, names.timestamp, names.signature].map((name) =>
    headerOf(request, name),
  )
  const absent = checkAccessHeaders(keyId, timestamp, signature)
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return verdictOf(absent)
  if (absent.some(({ cause }) => cause === 'header_duplicated')) return verdictOf(absent)

  const id = typeof keyId === 'string' ? keyId : ''
  const keys = chooseKeys(context.keys ?? [], id === '' ? undefined : id)
  const method = request.method.toUpperCase()
  const readings = signatureReadings(signature)
  const found =
    timestamp === '' || signature === ''
      ? undefined
      : await searchKeys({
          keys,
          readings,
          profile: 'access-headers',
          depth,
          textsOf: (to) =>
            accessTexts(
              {
                timestamp,
                method,
                target: request.target,
                keyId: id,
                basePath: context.basePath ?? BASE_PATH,
                body: request.body,
                authorities: authoritiesOf(request, context.authority),
                schemes: ['https', 'http'],
              },
              to,
            ),
          onProgress: context.onProgress,
        })

  const findings: Finding[] = [...absent]
  const time =
    timestamp === '' ? undefined : checkTimestamp(timestamp, context.serverTimeMs, context.windowMs ?? WINDOW_MS)
  if (time) findings.push(certain(time))
  if (id !== '' && !isKeyId(id)) findings.push({ cause: 'key_id_malformed', confidence: 'certain' })
  else if (keys.isUnknown) findings.push({ cause: 'key_unknown', confidence: 'certain' })
  findings.push(...ofSignature(found))
  const form = found || signature === '' ? undefined : checkSignatureForm(readings, keys.registered?.key)
  if (form) findings.push({ ...form, confidence: 'likely' })

  if (found && findings.length === 0)
    findings.push(...checkAfterSignature(request, 'access-headers', found.key, context))

  const expected = expectedText(timestamp, method, request.target)
  const signed = found && signedTextOf(found, expected ?? signedText(timestamp, method, request.target))
  const unseen = unseenOf(context, context.serverTimeMs !== undefined)
  return verdictOf(findings, signed, expected, found && remarkOf(found), unseen)
}

/** The findings for a text that verified. */
export function ofSignature(found: KeyFound | undefined): Finding[] {
  if (!found) return []
  const other = found.isSibling ? [certain({ cause: 'other_key', details: signerOf(found) })] : []
  return [...other, ...found.found.causes.map((cause) => certain({ cause }))]
}

function signerOf({ key }: KeyFound): string | undefined {
  const name = key.name ?? key.keyId
  return name === undefined ? undefined : `It was signed by ${name}.`
}

function certain(problem: { cause: CauseCode; details?: string }): Finding {
  return { ...problem, confidence: 'certain' }
}

/** The text that must be signed. For a timestamp in another unit: with the same time in milliseconds. */
function expectedText(timestamp: string, method: string, target: string): string | undefined {
  const digits = /^\d+$/.test(timestamp) ? timestamp.length : 0
  const inMs = digits === 10 ? `${timestamp}000` : digits === 16 || digits === 19 ? timestamp.slice(0, 13) : timestamp
  return malformedPart(inMs, method, pathOf(target)) ? undefined : signedText(inMs, method, target)
}

function remarkOf({ found }: KeyFound): string | undefined {
  if (found.saltBytes === undefined || found.saltBytes === 32) return undefined
  return `The salt has ${found.saltBytes} bytes. It is accepted; the documentation asks for 32.`
}
