import { ALGORITHMS, importVerifyingKey, type Profile, type PublicKey } from '@countersign/protocol'
import type { CauseCode } from '../causes.ts'
import { type AccessText, messageOf } from './access-texts.ts'
import type { SearchDepth } from './depth.ts'
import { type RsaForm, rsaForms } from './rsa-forms.ts'
import type { SignatureReading } from './signature-bytes.ts'

/** A text that a signature covers, under a key: a fact, not a guess. */
export interface SignedTextFound {
  readonly text: AccessText
  /** All its mistakes; none if the signature is right. */
  readonly causes: readonly CauseCode[]
  /** The algorithm, in words: `RSASSA-PKCS1-v1_5 with SHA-256`. */
  readonly algorithm: string
  /** Whether algorithm and bytes are right, so that only the text can be wrong. */
  readonly isRightForm: boolean
  /** RSA-PSS: bytes of salt. */
  readonly saltBytes?: number
}

/** Counts public-key operations against a limit. */
export interface VerificationCount {
  done: number
  readonly limit: number
  /** Called now and then with the number of compared texts. */
  readonly onProgress?: (done: number, of: number) => void
}

/** A count for a search of this depth. */
export function newCount(
  { maxVerifications }: SearchDepth,
  onProgress?: VerificationCount['onProgress'],
): VerificationCount {
  return { done: 0, limit: maxVerifications, onProgress }
}

/**
 * The text that a signature covers, if it is one of these and this key made it. A result is verified. Without a result
 * nothing is known.
 */
export async function findSignedText(
  key: PublicKey,
  readings: readonly SignatureReading[],
  texts: () => Promise<readonly AccessText[]>,
  profile: Profile,
  count: VerificationCount,
): Promise<SignedTextFound | undefined> {
  for (const { bytes, cause } of readings) {
    if (bytes.length !== key.signatureBytes) continue
    const ofReading = cause ? [cause] : []
    const found =
      key.type === 'rsa'
        ? await findUnderRsa(key, bytes, texts, profile, ofReading, count)
        : await findUnderEd25519(key, bytes, texts, ofReading, count)
    if (found) return found
  }
  return undefined
}

async function findUnderRsa(
  key: PublicKey,
  signature: Uint8Array,
  texts: () => Promise<readonly AccessText[]>,
  profile: Profile,
  ofReading: readonly CauseCode[],
  count: VerificationCount,
): Promise<SignedTextFound | undefined> {
  if (count.done >= count.limit) return undefined
  count.done++
  const forms = await rsaForms(key, signature)
  if (forms.length === 0) return undefined
  const all = await texts()
  for (const [i, text] of all.entries()) {
    if (i % 512 === 0) count.onProgress?.(i, all.length)
    const message = await messageOf(text)
    for (const form of forms) {
      if (!(await form.isOver(message))) continue
      const ofForm = causeOfForm(form, profile)
      return {
        text,
        causes: [...ofReading, ofForm, ...text.causes].filter((cause) => cause !== undefined),
        algorithm: wordsOf(form),
        isRightForm: ofForm === undefined && ofReading.length === 0,
        saltBytes: form.saltBytes,
      }
    }
  }
  return undefined
}

async function findUnderEd25519(
  key: PublicKey,
  signature: Uint8Array,
  texts: () => Promise<readonly AccessText[]>,
  ofReading: readonly CauseCode[],
  count: VerificationCount,
): Promise<SignedTextFound | undefined> {
  const verifying = await importVerifyingKey(key)
  const all = await texts()
  for (const [i, text] of all.entries()) {
    if (count.done >= count.limit) return undefined
    count.done++
    if (i % 64 === 0) count.onProgress?.(i, all.length)
    if (!(await verifying.verify(ALGORITHMS.ed25519, await messageOf(text), signature))) continue
    return { text, causes: [...ofReading, ...text.causes], algorithm: 'Ed25519', isRightForm: ofReading.length === 0 }
  }
  return undefined
}

function causeOfForm(form: RsaForm, profile: Profile): CauseCode | undefined {
  if (form.padding === 'pkcs1') return 'pkcs1_padding'
  const right = profile === 'access-headers' ? 'SHA-256' : 'SHA-512'
  if (form.hash === 'SHA-1') return 'pss_sha1'
  if (form.hash !== right) return 'wrong_hash'
  if (form.maskHash !== right) return form.maskHash === 'SHA-1' ? 'mgf1_sha1' : 'wrong_hash'
  return profile === 'http-message-signatures' && form.saltBytes !== 64 ? 'salt_length' : undefined
}

function wordsOf({ padding, hash, maskHash, saltBytes, isBare }: RsaForm): string {
  if (padding === 'pkcs1') return `RSASSA-PKCS1-v1_5 with ${hash}${isBare ? ', its name left out' : ''}`
  const mask = maskHash === hash ? '' : `, MGF1 with ${maskHash}`
  return `RSA-PSS with ${hash}${mask}, salt of ${saltBytes} bytes`
}
