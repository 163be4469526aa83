import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../../../bench/support/rounds.ts'
import { type Answer, call } from '../../support/call.ts'
import { accessHeaders } from '../../support/key-holder.ts'
import type { AttackedServer } from './attacked-server.ts'
import { signedCall } from './signed-call.ts'

/** What an honest caller saw: its answers' times in milliseconds, and the statuses that were not 200. */
export interface Seen {
  readonly authorize: readonly number[]
  readonly revoke: readonly number[]
  readonly refused: readonly string[]
}

/** Pause after each call, in milliseconds: a caller that calls without one would be a load itself. */
const PAUSE_MS = 20

/** Asks the data plane and revokes keys of its own, one call after the other, until it is told to stop. */
export async function callHonestly(server: AttackedServer, signal: AbortSignal): Promise<Seen> {
  const seen = { authorize: [] as number[], revoke: [] as number[], refused: [] as string[] }
  const timed = async (times: number[], sent: () => Promise<Answer>) => {
    const startedAt = performance.now()
    const { status, text } = await sent()
    times.push(performance.now() - startedAt)
    if (status !== 200) seen.refused.push(`${status} ${text.slice(0, 200)}`)
  }
  const asking = repeat(signal, () => timed(seen.authorize, () => authorize(server)))
  const revoking = repeat(signal, () => timed(seen.revoke, () => revoke(server)))
  await Promise.all([asking, revoking])
  return seen
}

/** One question of a proxy about a request of the honest caller. */
export function authorize({ authorizePort: port, honest }: AttackedServer): Promise<Answer> {
  const headers = {
    'X-Original-Method': 'GET',
    'X-Original-URI': '/orders',
    'X-Forwarded-For': '203.0.113.7',
    ...accessHeaders(honest, 'GET', '/orders'),
  }
  return call({ port }, 'GET', '/authorize', { headers })
}

/** The honest caller revokes one of its keys. */
export function revoke(server: AttackedServer): Promise<Answer> {
  const target = `/trade-api/v2/api_keys/${server.nextKeyToRevoke()}/revoke`
  return signedCall(server, server.honest, 'POST', target, { reason: 'superseded' })
}

/** The times of a caller in words. */
export function describeTimes(name: string, { authorize, revoke }: Seen): string {
  const times = (values: readonly number[]) =>
    `${values.length} times, p50 ${percentile(values, 0.5).toFixed(1)}, p99 ${percentile(values, 0.99).toFixed(1)} ms`
  return `${name}: /authorize ${times(authorize)}; revoke ${times(revoke)}`
}

async function repeat(signal: AbortSignal, once: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await once()
    await sleep(PAUSE_MS)
  }
}
