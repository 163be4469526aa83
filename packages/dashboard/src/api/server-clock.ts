/** Whole seconds of the `Date` header, and the way of an answer: a smaller difference is none. */
const PRECISION_MS = 1_500

let offsetMs = 0
const listeners = new Set<() => void>()

/** Unix milliseconds of the server, as far as its last answers tell. */
export function serverNow(): number {
  return Date.now() + offsetMs
}

/** How far this computer's clock is behind the server's, in milliseconds; negative where it is ahead. */
export function clockOffsetMs(): number {
  return offsetMs
}

/** Goes by an answer's `Date` header. */
export function observeDate(response: Response, sentAtMs: number, receivedAtMs: number): void {
  const told = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(told)) return
  const measured = told + 500 - (sentAtMs + receivedAtMs) / 2
  if (Math.abs(measured - offsetMs) <= PRECISION_MS) return
  offsetMs = Math.abs(measured) <= PRECISION_MS ? 0 : Math.round(measured)
  for (const listener of listeners) listener()
}

/** Tells of each correction; answers with what stops that. */
export function onClockCorrected(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
