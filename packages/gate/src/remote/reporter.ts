/** Says what changed, once. */
export interface Reporter {
  /** The control plane did not do what was asked, for this reason. */
  failing(part: Part, why: string): void
  working(part: Part): void
}

/** What the control plane is asked for. */
export type Part = 'keys' | 'changes of keys' | 'counting decisions'

/** Tells `log` of a failure when it begins or its reason changes, and of its end. */
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

/** The reason of a fault in words, with that of its cause: `fetch` tells no more than that it failed. */
export function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  return fault.cause instanceof Error ? `${fault.message}: ${fault.cause.message}` : fault.message
}
