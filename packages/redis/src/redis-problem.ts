import type { RedisProblem } from './redis-event.ts'

/** An answer did not come in time, or the connection is not there. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

const PROBLEMS: Readonly<Record<string, RedisProblem>> = {
  NOAUTH: 'auth',
  WRONGPASS: 'auth',
  NOPERM: 'auth',
  OOM: 'oom',
  MISCONF: 'misconf',
  NOREPLICAS: 'misconf',
  READONLY: 'readonly',
  LOADING: 'loading',
  BUSY: 'loading',
  MASTERDOWN: 'loading',
  CLUSTERDOWN: 'cluster_down',
  TRYAGAIN: 'cluster_down',
  ASK: 'cluster_down',
}

/** What an error of a call means. Redis' own errors begin with a word in capitals; all others come from the connection. */
export function problemOf(error: unknown): RedisProblem {
  const message = messageOf(error)
  const word = /^(?:ERR )?(?:Error running script[^:]*: )?-?([A-Z]+)\b/.exec(message)?.[1]
  if (word !== undefined && Object.hasOwn(PROBLEMS, word)) return PROBLEMS[word] ?? 'script'
  const isOfRedis = error instanceof Error && /(?:Reply|Error)$/.test(error.constructor.name) && word !== undefined
  if (/without any password|invalid password/i.test(message)) return 'auth'
  return isOfRedis ? 'script' : 'no_answer'
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
