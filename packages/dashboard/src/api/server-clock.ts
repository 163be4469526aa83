/** A smaller difference counts as none: `Date` has whole seconds, and an answer takes time. */
const PRECISION_MS = 1_500

let offsetMs = 0
const listeners = new Set<() => void>()

/** The server's clock in Unix milliseconds, by the `Date` headers of its answers. */
export function serverNow(): number {
  return Date.now() + offsetMs
}

/** How far this computer's clock is behind the server's, in milliseconds; negative where it is ahead. */
export function clockOffsetMs(): number {
  return offsetMs
}

/** Corrects the clock by an answer's `Date` header. */
export function observeDate(response: Response, sentAtMs: number, receivedAtMs: number): void {
  const told = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(told)) return
  const measured = told + 500 - (sentAtMs + receivedAtMs) / 2
  if (Math.abs(measured - offsetMs) <= PRECISION_MS) return
  offsetMs = Math.abs(measured) <= PRECISION_MS ? 0 : Math.round(measured)
  for (const listener of listeners) listener()
}

/** Calls a listener after each correction; returns what removes it. */
export function onClockCorrected(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
