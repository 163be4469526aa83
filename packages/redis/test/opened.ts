import { randomUUID } from 'node:crypto'
import type { AdmissionOutcome, Charge, SignatureClaim } from '@countersign/gate'
import type { RedisConnection } from '../src/connection.ts'
import { openRedisAdmission } from '../src/open-redis-admission.ts'
import type { RedisAdmission, RedisAdmissionOptions } from '../src/redis-admission.ts'
import type { RedisEvent } from '../src/redis-event.ts'
import { until } from './redis-server.ts'

/** An admission on real clocks, with what it reported. */
export interface Opened extends AsyncDisposable {
  readonly admission: RedisAdmission
  readonly events: RedisEvent[]
  /** By kind, and by problem. */
  kinds(): string[]
  claim(claim: SignatureClaim, ...charges: Charge[]): Promise<AdmissionOutcome['outcome']>
  take(...charges: Charge[]): Promise<AdmissionOutcome['outcome']>
  untilUp(): Promise<void>
  untilDown(): Promise<void>
}

/** Opens an admission whose time limit no busy machine reaches. */
export async function open(connection: RedisConnection, options: Partial<RedisAdmissionOptions> = {}): Promise<Opened> {
  const events: RedisEvent[] = []
  const report = (event: RedisEvent) => void events.push(event)
  const given = { connection, secret: randomUUID(), timeoutMs: 10_000, report, ...options }
  const admission = await openRedisAdmission(given)
  const admit = async (claim: SignatureClaim | undefined, charges: Charge[]) =>
    (await admission.admit({ accountId: 'a', claim, charges })).outcome
  return {
    admission,
    events,
    kinds: () => [...new Set(events.map((event) => (event.kind === 'problem' ? event.problem : event.kind)))],
    claim: (claim, ...charges) => admit(claim, charges),
    take: (...charges) => admit(undefined, charges),
    untilUp: () => until(() => admission.status().isUp),
    untilDown: () => until(() => !admission.status().isUp),
    [Symbol.asyncDispose]: () => admission[Symbol.asyncDispose](),
  }
}

/** A claim that nobody made, signed so long ago. */
export function newClaim(ageMs = 0): SignatureClaim {
  const signedAtMs = Date.now() - ageMs
  return { key: randomUUID(), signedAtMs, untilMs: signedAtMs + 35_000 }
}

/** A charge to a bucket of the account `a`, which takes an hour to fill. */
export function charge(cost: number, bucket = 'a write'): Charge {
  return { name: 'write', bucket, cost, capacity: 100, refillPerSecond: 100 / 3_600 }
}
