import type { AdmissionOutcome } from '@countersign/gate'
import { openRedisAdmission, type RedisAdmission, type RedisEvent, type RedisStatus } from '@countersign/redis'
import type { OpenAdmissionOptions } from './open-admission.ts'
import { RedisMetrics } from './redis-metrics.ts'
import { reportRedis } from './report-redis.ts'
import type { AdmissionLack, RedisPlaceOptions, ServerAdmission } from './server-admission.ts'

/** How a thread opens claims and buckets in Redis. */
export interface RedisThreadOptions extends Omit<OpenAdmissionOptions, 'place'> {
  readonly redis: RedisPlaceOptions
  /** Opens the admission; only tests change it. */
  readonly open?: typeof openRedisAdmission
}

/** Between two tries to connect, in milliseconds. */
const TRY_EVERY_MS = 1_000

/** Claims and buckets in Redis, over a connection of this thread. */
export async function openAdmissionInRedis(options: RedisThreadOptions): Promise<ServerAdmission> {
  const { redis, clocks, log, thread, mayConnectLater, open = openRedisAdmission } = options
  const metrics = new RedisMetrics()
  const report = reportRedis(log)
  const connect = () =>
    open({
      ...redis,
      instance: redis.instance === undefined ? undefined : `${redis.instance}/${thread}`,
      clocks,
      report(event: RedisEvent) {
        metrics.count(event)
        report(event)
      },
    })
  if (!mayConnectLater) return new AdmissionInRedis(await connect(), redis, metrics)
  const admission = new AdmissionInRedis(undefined, redis, metrics)
  await admission.connectUntilOpen(connect, (fault) => {
    log.warn({ err: fault }, 'Redis cannot be used; it is tried again each second')
  })
  return admission
}

class AdmissionInRedis implements ServerAdmission {
  #redis: RedisAdmission | undefined
  readonly #isDivided: boolean
  readonly #metrics: RedisMetrics
  #isClosed = false
  #trying: ReturnType<typeof setTimeout> | undefined

  constructor(redis: RedisAdmission | undefined, { onOutage }: RedisPlaceOptions, metrics: RedisMetrics) {
    this.#redis = redis
    this.#isDivided = onOutage === 'divide'
    this.#metrics = metrics
  }

  /** Tries once. If that fails, it tries on each second, and this resolves. */
  async connectUntilOpen(connect: () => Promise<RedisAdmission>, failed: (fault: unknown) => void): Promise<void> {
    try {
      const redis = await connect()
      if (this.#isClosed) return await redis[Symbol.asyncDispose]()
      this.#redis = redis
    } catch (fault) {
      // The first failure is logged. The others have the same cause.
      if (this.#trying === undefined) failed(fault)
      if (!this.#isClosed) {
        this.#trying = setTimeout(() => void this.connectUntilOpen(connect, failed), TRY_EVERY_MS).unref()
      }
    }
  }

  admit: ServerAdmission['admit'] = (request) => {
    const redis = this.#redis
    if (!redis) return UNAVAILABLE
    const startedMs = performance.now()
    const outcome = redis.admit(request)
    if (!(outcome instanceof Promise)) return outcome
    const took = () => this.#metrics.took(performance.now() - startedMs)
    outcome.then(took, took)
    return outcome
  }

  tokensIn: ServerAdmission['tokensIn'] = (accountId, bucket, size) => this.#redis?.tokensIn(accountId, bucket, size)

  forgetBucketOfKey: ServerAdmission['forgetBucketOfKey'] = (accountId, bucket) => {
    void this.#redis?.forgetBucketOfKey(accountId, bucket)
  }

  lacks(plane: 'control' | 'data'): AdmissionLack | undefined {
    const status = this.#redis?.status()
    if (!status) return 'Redis'
    if (status.isClockOff) return 'clock'
    // The data plane goes on without claims if it divides limits. Every change on the control plane needs a claim.
    return status.isUp || (this.#isDivided && plane === 'data') ? undefined : 'Redis'
  }

  measure: ServerAdmission['measure'] = (registry, plane) => this.#metrics.addTo(registry, plane, () => this.status())

  status(): RedisStatus | undefined {
    return this.#redis?.status()
  }

  place: ServerAdmission['place'] = () => {
    const id = this.#redis?.status().id
    return id === undefined ? 'redis' : `redis:${id}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#trying)
    await this.#redis?.[Symbol.asyncDispose]()
  }
}

const UNAVAILABLE: AdmissionOutcome = { outcome: 'unavailable' }
