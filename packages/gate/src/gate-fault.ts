/**
 * An adapter passes this to its framework if the gate could not decide. The cause is for the log, never for the caller.
 */
export class GateFault extends Error {
  override readonly name = 'GateFault'
  /** Frameworks use it as the status of their answer. */
  readonly statusCode = 500

  constructor(cause: unknown) {
    super('the gate could not decide', { cause })
  }
}
