import type { AdmissionClocks } from '@countersign/gate'
import type { Logger } from 'pino'
import type { AdmissionUse, SharedAdmission } from './shared-admission.ts'

/** The watched admission, and where to report. */
export interface AdmissionWatchOptions {
  /** Absent if claims and buckets are in Redis. Then only the clock is watched. */
  readonly admission: Pick<SharedAdmission, 'use' | 'capacity' | 'lockRecoveries'> | undefined
  readonly clocks: AdmissionClocks
  readonly log: Pick<Logger, 'warn' | 'error' | 'info'>
}

/** If the wall clock moved by this much more or less than the monotonic clock, it was set. */
const SET_BY_MS = 1_000
/** The log warns when this part of the room is taken, and again only after it was below {@link CALM_PART}. */
const FULL_PART = 0.8
const CALM_PART = 0.7
/** Entries are counted only every tenth time, because this takes milliseconds. */
const COUNT_EACH = 10

/**
 * Checks the admission once; call it every second. It logs that the wall clock was set, that claims or buckets are
 * nearly full, and that the lock was taken from a thread.
 */
export function createAdmissionWatch({ admission, clocks, log }: AdmissionWatchOptions): () => void {
  const offset = () => clocks.wallMs() - clocks.monotonicMs()
  const isNearlyFull = { claims: false, buckets: false }
  let offsetMs = offset()
  let recoveries = 0
  let looks = 0

  function checkClockSet(): void {
    const now = offset()
    const setByMs = Math.round(now - offsetMs)
    offsetMs = now
    if (Math.abs(setByMs) < SET_BY_MS) return
    log.warn({ set_by_ms: setByMs }, `the clock of this machine was set ${setByMs > 0 ? 'ahead' : 'back'}`)
  }

  function checkRoom(kind: keyof AdmissionUse, held: number, capacity: number): void {
    if (held < capacity * CALM_PART) isNearlyFull[kind] = false
    if (isNearlyFull[kind] || held < capacity * FULL_PART) return
    isNearlyFull[kind] = true
    log.warn(
      { kind, held, capacity },
      `the admission is nearly full of ${kind}; beyond, requests are answered with 503`,
    )
  }

  return () => {
    checkClockSet()
    if (!admission) return
    if (admission.lockRecoveries > recoveries) {
      recoveries = admission.lockRecoveries
      log.error({ recoveries }, 'the lock of the admission was taken from a thread that had ended or stood still')
    }
    if (looks++ % COUNT_EACH !== 0) return
    const { claims, buckets } = admission.use()
    checkRoom('claims', claims, admission.capacity.claims)
    checkRoom('buckets', buckets, admission.capacity.buckets)
  }
}
