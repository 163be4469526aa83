import type { RedisEvent } from '@countersign/redis'
import type { Logger } from 'pino'

/** The time between two lines of one kind, in milliseconds. */
const EVERY_MS = 60_000

/** What ended when an event of this kind comes. Its line follows each line about what it ended, however soon. */
const ENDS: Readonly<Partial<Record<RedisEvent['kind'], RedisEvent['kind']>>> = {
  connected: 'lost',
  circuit_closed: 'circuit_open',
  clock_right: 'clock_off',
}

/**
 * Writes a line for each event of Redis: at most one a minute of each kind and problem, because a Redis that is down
 * stays so for the next calls.
 */
export function reportRedis(
  log: Pick<Logger, 'info' | 'warn'>,
  nowMs: () => number = () => performance.now(),
): (event: RedisEvent) => void {
  const writtenAtMs = new Map<string, number>()
  const open = new Set<string>()

  function isDue(key: string): boolean {
    const now = nowMs()
    if (now - (writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return false
    writtenAtMs.set(key, now)
    return true
  }

  return (event) => {
    const { kind, ...facts } = event
    const ended = ENDS[kind]
    if (ended !== undefined) {
      if (open.delete(ended) || (kind === 'connected' && isDue(kind))) log.info(facts, messageOf(event))
      return
    }
    if (!isDue(event.kind === 'problem' ? `problem ${event.problem}` : kind)) return
    open.add(kind)
    log.warn(facts, messageOf(event))
  }
}

function messageOf(event: RedisEvent): string {
  return event.kind === 'problem' ? PROBLEMS[event.problem] : MESSAGES[event.kind]
}

const MESSAGES: Readonly<Record<Exclude<RedisEvent['kind'], 'problem'>, string>> = {
  connected: 'Redis is connected',
  lost: 'the connection to Redis ended; it is tried again',
  circuit_open: 'Redis does not answer: requests are answered without it, and it is tried once a second',
  circuit_closed: 'Redis decides again',
  restarted:
    'Redis may have forgotten claims: what was signed before this time is refused where replay protection applies',
  clock_off:
    'the clocks of this node and of Redis differ by more than 2.5 s: claims are refused, and this node is not ready',
  clock_right: 'the clocks of this node and of Redis agree again',
  too_many_nodes: 'more nodes run than redis.maxNodes says: this one gives nothing while Redis does not answer',
}

const PROBLEMS: Readonly<Record<Extract<RedisEvent, { kind: 'problem' }>['problem'], string>> = {
  no_answer: 'Redis did not answer',
  auth: 'Redis refuses the user or the password, or the user may not do what is needed',
  oom: 'the memory of Redis is full: requests that need a new claim or bucket are answered with 503',
  misconf: 'Redis takes no writes: it cannot save, or has too few replicas',
  readonly: 'this Redis is a replica and takes no writes',
  loading: 'Redis is not ready yet: it reads its data, or is busy',
  cluster_down: 'the Redis cluster has no master for a part of its keys',
  script: 'a script failed in Redis',
  policy: 'maxmemory-policy of Redis must be noeviction: it could forget claims that count',
}
