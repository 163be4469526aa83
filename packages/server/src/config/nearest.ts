/** The word in a list that needs the fewest edits to become another word. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const bounded = word.slice(0, 64)
  const ranked = known.map((candidate) => ({ candidate, edits: editsBetween(bounded, candidate) }))
  return ranked.sort((a, b) => a.edits - b.edits)[0]?.candidate
}

/** How many letters must be inserted, deleted or replaced (Levenshtein), ignoring case. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...from.toLowerCase()].entries()) {
    const above = row
    row = [i + 1]
    for (const [j, wanted] of [...to.toLowerCase()].entries()) {
      const replaced = (above[j] ?? 0) + (letter === wanted ? 0 : 1)
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
  }
  return row.at(-1) ?? 0
}
