/** What an adapter hands to its framework where the gate could not decide; the cause is for the log, never for the caller. */
export class GateFault extends Error {
  override readonly name = 'GateFault'
  /** Frameworks read it as the status of their answer. */
  readonly statusCode = 500

  constructor(cause: unknown) {
    super('the gate could not decide', { cause })
  }
}
