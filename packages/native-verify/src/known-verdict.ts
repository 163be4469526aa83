import {
  ALGORITHMS,
  type AlgorithmName,
  decodeBase64,
  encodeUtf8,
  type PublicKey,
  parseSpki,
  type VerifyingKey,
} from '@countersign/protocol'

/** A signature and the verdict of node:crypto. */
export interface KnownVerdict {
  /** What is special about it. */
  readonly input: string
  /** The public key as SubjectPublicKeyInfo, base64. */
  readonly spki: string
  readonly algorithm: AlgorithmName
  /** Base64. */
  readonly signature: string
  readonly isValid: boolean
}

/** The data that the signatures of all known verdicts cover. */
export const KNOWN_DATA: Uint8Array = encodeUtf8('1703123456789GET/trade-api/v2/portfolio/balance')
const OTHER_DATA = encodeUtf8('1703123456789GET/trade-api/v2/portfolio/balances')

/**
 * Whether a verification gives node:crypto's verdict on every known signature, and refuses each over other data. Every
 * signature is verified twice, because a key may verify in another way from its second use on. A verification that
 * throws fails.
 */
export function hasKnownVerdicts(
  importKey: (key: PublicKey) => VerifyingKey,
  verdicts: readonly KnownVerdict[],
): boolean {
  try {
    const keys = new Map(verdicts.map(({ spki }) => [spki, importKey(knownKey(spki))]))
    return [...verdicts, ...verdicts].every(({ spki, algorithm, signature, isValid }) => {
      const bytes = decodeBase64(signature) ?? new Uint8Array(0)
      const said = [KNOWN_DATA, OTHER_DATA].map((data) => keys.get(spki)?.verify(ALGORITHMS[algorithm], data, bytes))
      return said[0] === isValid && said[1] === false
    })
  } catch {
    return false
  }
}

/** The public key of a known verdict. */
export function knownKey(spki: string): PublicKey {
  const key = parseSpki(decodeBase64(spki) ?? new Uint8Array(0))
  if ('problem' in key) throw new Error(key.message)
  return key
}
