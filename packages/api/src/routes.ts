import type { Call } from './call.ts'
import * as calls from './calls/index.ts'

export { DEFAULT_BASE_PATH, KEY_CHANGES_PATH } from './paths.ts'
export type OperationId = keyof typeof calls
export type Route = Call
export const ROUTES: Readonly<Record<OperationId, Call>> = calls
