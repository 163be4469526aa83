/** How far a search goes. */
export interface SearchDepth {
  /** How many texts are compared with one signature under one key. */
  readonly maxTexts: number
  /** How rare a mistake, or a pair of mistakes, may be: the weights of the choices. */
  readonly maxWeight: number
  /**
   * How many public-key operations in all. An RSA signature takes one for all texts, an Ed25519 signature one for each
   * text.
   */
  readonly maxVerifications: number
  /** Whether all timestamps of the same second are tried. */
  readonly triesNeighbours: boolean
}

/** On the holder's own machine. */
export const THOROUGH: SearchDepth = {
  maxTexts: 20_000,
  maxWeight: Number.POSITIVE_INFINITY,
  maxVerifications: 20_000,
  triesNeighbours: true,
}

/**
 * On a server, for any caller: 24 public-key operations, of the 32 and the 5 ms that docs/security.md "The doctor"
 * allows. With Ed25519 by node:crypto they take 3 ms.
 */
export const QUICK: SearchDepth = { maxTexts: 256, maxWeight: 34, maxVerifications: 24, triesNeighbours: false }

/** Under a sibling's key, of which there may be a hundred. */
export const SHALLOW: SearchDepth = { maxTexts: 64, maxWeight: 20, maxVerifications: 64, triesNeighbours: false }
