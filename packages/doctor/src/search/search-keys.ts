import type { Profile } from '@countersign/protocol'
import type { ChosenKeys } from '../choose-keys.ts'
import type { CandidateKey } from '../diagnosis.ts'
import type { AccessText } from './access-texts.ts'
import { type SearchDepth, SHALLOW } from './depth.ts'
import { findSignedText, newCount, type SignedTextFound, type VerificationCount } from './find-signed-text.ts'
import type { SignatureReading } from './signature-bytes.ts'

/** A signed text, and the key that signed it. */
export interface KeyFound {
  readonly found: SignedTextFound
  readonly key: CandidateKey
  /** Whether another key than the named one made the signature. */
  readonly isSibling: boolean
}

/** The input of a search. */
export interface KeySearch {
  readonly keys: ChosenKeys
  readonly readings: readonly SignatureReading[]
  readonly profile: Profile
  readonly depth: SearchDepth
  /** The texts that could have been signed, to this depth. */
  readonly textsOf: (depth: SearchDepth) => Promise<readonly AccessText[]>
  readonly onProgress?: VerificationCount['onProgress']
}

/** The signed text under the key that the request names; otherwise, less deep, under one of its siblings. */
export async function searchKeys(search: KeySearch): Promise<KeyFound | undefined> {
  const { keys, readings, profile, depth, textsOf, onProgress } = search
  const { registered, siblings } = keys
  if (registered) {
    const count = newCount(depth, onProgress)
    const found = await findSignedText(
      registered.key,
      readings,
      once(() => textsOf(depth)),
      profile,
      count,
    )
    if (found) return { found, key: registered, isSibling: false }
  }
  const shallow = once(() => textsOf(SHALLOW))
  for (const sibling of siblings) {
    const found = await findSignedText(sibling.key, readings, shallow, profile, newCount(SHALLOW, onProgress))
    if (found) return { found, key: sibling, isSibling: true }
  }
  return undefined
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}
