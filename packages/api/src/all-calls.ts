import type { Call } from './call.ts'
import * as calls from './calls/index.ts'

/** Every call of the API. */
export const CALLS: readonly Call[] = Object.values(calls)
