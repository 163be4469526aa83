import { distance } from 'fastest-levenshtein'

/** The word in a list that needs the fewest edits to become another word, ignoring case. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const bounded = word.slice(0, 64).toLowerCase()
  const edits = known.map((candidate) => distance(bounded, candidate.toLowerCase()))
  return known[edits.indexOf(Math.min(...edits))]
}
