import type { RememberedRefusal } from './remembered-refusal.ts'

/** Refusals of several places as one list, each once, newest first, at most `max`. */
export function mergeRefusals(
  lists: readonly (readonly RememberedRefusal[])[],
  max: number,
): readonly RememberedRefusal[] {
  const byId = new Map(lists.flat().map((refusal) => [refusal.id, refusal]))
  return [...byId.values()].sort(newestFirst).slice(0, max)
}

function newestFirst(a: RememberedRefusal, b: RememberedRefusal): number {
  return b.at - a.at || (a.id < b.id ? 1 : -1)
}
