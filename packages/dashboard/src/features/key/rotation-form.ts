import type { ApiKeyDetails } from '@countersign/api'

const HOUR_S = 3_600
const DAY_S = 24 * HOUR_S

/** How long the old key goes on: a choice, or hours that a person writes. */
export interface RotationFields {
  readonly grace: '1h' | '1d' | '7d' | 'other'
  /** Read where `grace` is `other`. */
  readonly hours: string
}

/** The form before anything is chosen. */
export const ROTATION_FIELDS: RotationFields = { grace: '1d', hours: '48' }

const GRACES = { '1h': HOUR_S, '1d': DAY_S, '7d': 7 * DAY_S } as const

/** Whole seconds for which the old key goes on, 0 to 90 days; `undefined` where the hours are not such a number. */
export function graceSecondsOf({ grace, hours }: RotationFields): number | undefined {
  if (grace !== 'other') return GRACES[grace]
  const seconds = Math.round(Number(hours) * HOUR_S)
  return seconds >= 0 && seconds <= 90 * DAY_S ? seconds : undefined
}

interface Powers {
  readonly isOperator: boolean
  /** Why nothing can be changed now. */
  readonly changeProblem: string | undefined
}

/** Why a key cannot be rotated; `undefined` where it can. */
export function rotationProblem(
  { state }: Pick<ApiKeyDetails, 'state'>,
  { isOperator, changeProblem }: Powers,
): string | undefined {
  if (isOperator) return 'Only the key holder rotates a key: its new private key is theirs.'
  if (state !== 'active') return `A key that is ${state} is not rotated. Make a new key.`
  return changeProblem
}
