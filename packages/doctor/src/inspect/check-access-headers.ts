import type { FieldValue } from '@countersign/protocol'
import type { CauseCode } from '../causes.ts'
import type { Finding } from '../diagnosis.ts'

/** Which of the three access headers are missing, empty or given twice. */
export function checkAccessHeaders(keyId: FieldValue, timestamp: FieldValue, signature: FieldValue): Finding[] {
  if ([keyId, timestamp, signature].some((value) => typeof value === 'object')) {
    return [{ cause: 'header_duplicated', confidence: 'certain' }]
  }
  if (!keyId && !timestamp && !signature) return [{ cause: 'headers_missing', confidence: 'certain' }]
  const absent: [FieldValue, CauseCode][] = [
    [signature, 'signature_missing'],
    [timestamp, 'timestamp_missing'],
    [keyId, 'key_id_missing'],
  ]
  return absent.filter(([value]) => !value).map(([, cause]) => ({ cause, confidence: 'certain' }))
}
