/**
 * Sets of files that reach each other by imports (Tarjan, "Depth-first search and linear graph algorithms").
 *
 * @param imports by file, the files that it imports; those that are no file of the map do not count
 */
export function importCycles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []

  function connect(file: string): void {
    order.set(file, order.size)
    low.set(file, order.size - 1)
    stack.push(file)
    for (const next of imports.get(file) ?? []) {
      if (!imports.has(next)) continue
      if (!order.has(next)) connect(next)
      else if (!stack.includes(next)) continue
      low.set(file, Math.min(low.get(file) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(file) !== order.get(file)) return
    const members = stack.splice(stack.indexOf(file))
    if (members.length > 1) found.push(members)
  }

  for (const file of imports.keys()) if (!order.has(file)) connect(file)
  return found
}
