import { setTimeout as sleep } from 'node:timers/promises'
import type { Nodes } from './start-nodes.ts'

/** A fault of a deployment: it happens, and it is over. */
export type NodeFault = keyof typeof NODE_FAULTS

/**
 * What may happen to nodes, Redis and PostgreSQL. Each returns once nothing hinders them any more.
 *
 * @param forMs how long what stands still does so
 */
export const NODE_FAULTS = {
  'kill -9 of a node': async ({ nodes }: Nodes) => {
    await nodes[1]?.kill()
    await nodes[1]?.restart()
  },
  'kill -9 of Redis': async ({ redis }: Nodes) => {
    await redis.kill()
    await redis.start()
  },
  'kill -9 of PostgreSQL': async ({ postgres }: Nodes) => {
    await postgres?.crash()
    await postgres?.recover()
  },
  'a node stands still': async ({ nodes }: Nodes, forMs: number) => {
    nodes[2]?.process().signal('SIGSTOP')
    await sleep(forMs)
    nodes[2]?.process().signal('SIGCONT')
  },
  'Redis stands still': async ({ redis }: Nodes, forMs: number) => {
    redis.signal('SIGSTOP')
    await sleep(forMs)
    redis.signal('SIGCONT')
  },
  FLUSHALL: async ({ redis }: Nodes) => {
    await redis.ask('FLUSHALL')
  },
  'Redis is full': async ({ redis }: Nodes, forMs: number) => {
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    await sleep(forMs)
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
  },
} as const
