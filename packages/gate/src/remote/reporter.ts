/** Reports each change once. */
export interface Reporter {
  /** The control plane did not do what was asked, and this is the reason. */
  failing(part: Part, why: string): void
  working(part: Part): void
}

/** The kinds of calls to the control plane. */
export type Part = 'keys' | 'changes of keys' | 'counting decisions'

/** Writes to `log` when a failure begins, when its reason changes, and when it ends. */
export function createReporter(log: (message: string) => void): Reporter {
  const reasons = new Map<Part, string>()
  return {
    failing(part, why) {
      if (reasons.get(part) === why) return
      reasons.set(part, why)
      log(`the control plane cannot be asked for ${part}: ${why}`)
    },
    working(part) {
      if (reasons.delete(part)) log(`the control plane can be asked for ${part} again`)
    },
  }
}

/** The reason of a fault in words, with its cause: `fetch` itself says only that it failed. */
export function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  return fault.cause instanceof Error ? `${fault.message}: ${fault.cause.message}` : fault.message
}
