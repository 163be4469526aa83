import { MAX_CLAIMED, MAX_OF_KEY, type RememberedRefusal } from './refusal-memory.ts'

/** The refusals of several threads as one list, newest first, no longer than one thread's may be. */
export function collectRefusals(
  lists: readonly (readonly RememberedRefusal[])[],
  areProven: boolean,
): readonly RememberedRefusal[] {
  const newestFirst = lists.flat().sort((a, b) => b.at - a.at)
  return newestFirst.slice(0, areProven ? MAX_OF_KEY : MAX_CLAIMED)
}
