import { randomUUID } from 'node:crypto'
import type { AdmissionHarness } from '../../gate/test/admission-contract.ts'
import { testClock } from '../../gate/test/test-clock.ts'
import { type Script, scriptOf } from '../src/call-script.ts'
import type { RedisConnection } from '../src/connection.ts'
import { openWithScript } from '../src/open-redis-admission.ts'
import type { RedisAdmission, RedisAdmissionOptions } from '../src/redis-admission.ts'
import { ADMISSION_SCRIPT, KEEP_ENDED, READ_TIME } from '../src/script.ts'
import type { Servers } from '../src/servers.ts'

const NOW = 1_703_123_456_789

/** The script on a clock that a test moves. What has ended stays for an hour of real time: by its value it has ended. */
export function scriptAt(nowMs: () => number): Script {
  const text = ADMISSION_SCRIPT.replace(READ_TIME, 'local now = tonumber(ARGV[#ARGV])').replace(
    KEEP_ENDED,
    'local KEEP_ENDED_MS = 3600000',
  )
  return scriptOf(text, () => [`${nowMs()}`])
}

/** An admission in Redis on clocks that a test moves: this node's two, and Redis'. */
export interface RedisHarness extends AdmissionHarness {
  readonly admission: RedisAdmission & { readonly servers: Servers }
  setRedis(byMs: number): void
}

/** Opens an empty admission: its secret gives it keys of its own. */
export async function openHarness(
  connection: RedisConnection,
  options: Partial<RedisAdmissionOptions> = {},
): Promise<RedisHarness> {
  const { clock, clocks } = testClock(NOW)
  let redisErrorMs = 0
  const script = scriptAt(() => NOW - 1_000 + clocks.monotonicMs() + redisErrorMs)
  // What is slow here is the machine of the tests.
  const given = { connection, secret: randomUUID(), timeoutMs: 20_000, clocks, ...options }
  return {
    clock,
    admission: await openWithScript(given, script),
    setRedis(byMs) {
      redisErrorMs += byMs
    },
  }
}
