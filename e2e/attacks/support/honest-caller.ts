import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../../../bench/support/rounds.ts'
import type { Answer } from '../../support/call.ts'
import { askAuthorize, type Said } from '../../support/question.ts'
import type { AttackedServer } from './attacked-server.ts'
import { signedCall } from './signed-call.ts'

/** What an honest caller does, by name. Each call is to be answered with 200. */
export type HonestCalls = Readonly<Record<string, () => Promise<Pick<Answer, 'status'> & { readonly text?: string }>>>

/** What an honest caller saw: its answers' times in milliseconds by call, and the answers that were not 200. */
export interface Seen {
  readonly times: Readonly<Record<string, readonly number[]>>
  readonly refused: readonly string[]
}

/** Pause after each call, in milliseconds: a caller that calls without one would be a load itself. */
const PAUSE_MS = 20

/** Makes each of these calls again and again, one after the other, until it is told to stop. */
export async function callHonestly(calls: HonestCalls, signal: AbortSignal): Promise<Seen> {
  const times: Record<string, number[]> = {}
  const refused: string[] = []
  const repeat = async (name: string, sent: HonestCalls[string]) => {
    const own: number[] = []
    times[name] = own
    while (!signal.aborted) {
      const startedAt = performance.now()
      const answer = await sent()
      own.push(performance.now() - startedAt)
      if (answer.status !== 200) refused.push(`${name}: ${JSON.stringify(answer).slice(0, 300)}`)
      await sleep(PAUSE_MS)
    }
  }
  await Promise.all(Object.entries(calls).map(([name, sent]) => repeat(name, sent)))
  return { times, refused }
}

/** An honest caller of another account than the attacker's: it asks the data plane, and revokes keys of its own. */
export function honestCalls(server: AttackedServer): HonestCalls {
  return { authorize: () => authorize(server), revoke: () => revoke(server) }
}

/** One question of a proxy about a request of the honest caller. */
export function authorize({ authorizePort, honest }: AttackedServer): Promise<Said> {
  return askAuthorize(authorizePort, { as: honest })
}

/** The honest caller revokes one of its keys. */
export function revoke(server: AttackedServer): Promise<Answer> {
  const target = `/trade-api/v2/api_keys/${server.nextKeyToRevoke()}/revoke`
  return signedCall(server, server.honest, 'POST', target, { reason: 'superseded' })
}

/** The times of a caller in words. */
export function describeTimes(name: string, { times }: Seen): string {
  const words = (values: readonly number[]) =>
    `${values.length} times, p50 ${percentile(values, 0.5).toFixed(1)}, p99 ${percentile(values, 0.99).toFixed(1)} ms`
  const calls = Object.entries(times).map(([call, values]) => `${call} ${words(values)}`)
  return `${name}: ${calls.join('; ')}`
}
