import type { PublicKey } from '@countersign/protocol'
import type { CauseCode } from '../causes.ts'
import type { SignatureReading } from '../search/signature-bytes.ts'

/** Findings from the look of a signature alone, if no text was found that it covers. */
export interface FormProblem {
  readonly cause: CauseCode
  readonly details?: string
}

const HMAC_BYTES = [20, 32, 48]
const RSA_BYTES = [128, 256, 384, 512]

/** What is wrong with the encoding or the length of a signature, or `undefined` if they are right. */
export function checkSignatureForm(
  readings: readonly SignatureReading[],
  key: PublicKey | undefined,
): FormProblem | undefined {
  const [first] = readings
  if (!first) return { cause: 'signature_not_base64' }
  const fitting = readings.find(({ bytes }) => bytes.length === key?.signatureBytes)
  if (fitting?.cause && fitting.cause !== 'signature_reversed') return { cause: fitting.cause }
  if (!key || fitting) return first.cause ? { cause: first.cause } : undefined
  const { length } = first.bytes
  const details = `It has ${length} bytes; this ${nameOf(key)} key makes ${key.signatureBytes}.`
  if (HMAC_BYTES.includes(length)) return { cause: 'hmac_signature', details }
  const isOfOtherType = key.type === 'rsa' ? length === 64 : RSA_BYTES.includes(length)
  return { cause: isOfOtherType ? 'key_type_differs' : 'signature_length', details }
}

function nameOf({ type, bits }: PublicKey): string {
  return type === 'rsa' ? `RSA ${bits}` : 'Ed25519'
}
