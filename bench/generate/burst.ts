import { setTimeout as sleep } from 'node:timers/promises'
import { connectTo } from '../../e2e/support/connection.ts'
import type { KeyHolder } from '../../e2e/support/key-holder.ts'
import { forwarded } from '../authorize/requests.ts'
import { sendPaced } from '../doctor/paced-load.ts'
import type { ServedNode } from './served-node.ts'

/** What came of calls: how long each took, and how often each status came. */
export interface Answers {
  readonly latenciesMs: number[]
  readonly statuses: Record<number, number>
}

/** What was measured in a time. */
export interface Phase {
  /** The calls that make keys. */
  readonly made: Answers
  readonly seconds: number
  /** Revocations beside them, one at a time, ten a second. */
  readonly deleted: Answers
  /** Questions to `/authorize` beside them, 100 a second. */
  readonly authorized: Answers
  /** Milliseconds of processor time of the server. */
  readonly cpuMs: number
}

const KEYS = '/trade-api/v2/api_keys'
const [DELETES_PER_SECOND, QUESTIONS_PER_SECOND, CONNECTIONS] = [10, 100, 8]

/** Sends a burst of `generate` all at once, and beside it, for so many seconds, revocations and questions. */
export async function measure(node: ServedNode, keyType: string, count: number, seconds: number): Promise<Phase> {
  const ids = await makeKeys(node, DELETES_PER_SECOND * seconds)
  await node.stocked()
  const cpuBefore = await node.cpuMs()
  const beside = Promise.all([deleteKeys(node, ids, seconds), ask(node, seconds)])
  await sleep(500)
  const startedAt = performance.now()
  const made = await generateAll(node, keyType, count)
  const took = (performance.now() - startedAt) / 1000
  const [deleted, authorized] = await beside
  return { made, seconds: took, deleted, authorized, cpuMs: (await node.cpuMs()) - cpuBefore }
}

async function generateAll({ url, callers }: ServedNode, keyType: string, count: number): Promise<Answers> {
  const answers: Answers = { latenciesMs: [], statuses: {} }
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const connection = connectTo(url)
      await timed(answers, () => generate(connection, callers[i % callers.length] as KeyHolder, keyType))
      connection.close()
    }),
  )
  return answers
}

/** Keys to revoke, with the id of their caller's place. */
async function makeKeys({ url, callers }: ServedNode, count: number): Promise<{ id: string; as: KeyHolder }[]> {
  const connection = connectTo(url)
  const made: { id: string; as: KeyHolder }[] = []
  for (let i = 0; i < count; i++) {
    const as = callers[i % callers.length] as KeyHolder
    const { status, body } = await generate(connection, as, 'ed25519')
    if (status !== 201) throw new Error(`no key: ${status} ${body}`)
    made.push({ id: JSON.parse(body).api_key_id, as })
  }
  connection.close()
  return made
}

function generate(connection: ReturnType<typeof connectTo>, as: KeyHolder, keyType: string) {
  return connection.send({ method: 'POST', target: `${KEYS}/generate`, as, json: { name: 'bench', key_type: keyType } })
}

async function deleteKeys(node: ServedNode, ids: readonly { id: string; as: KeyHolder }[], seconds: number) {
  const answers: Answers = { latenciesMs: [], statuses: {} }
  const connection = connectTo(node.url)
  const startedAt = performance.now()
  for (const [i, { id, as }] of ids.entries()) {
    const dueInMs = startedAt + (i * 1000) / DELETES_PER_SECOND - performance.now()
    if (dueInMs > 0) await sleep(dueInMs)
    if (performance.now() - startedAt > seconds * 1000) break
    await timed(answers, () => connection.send({ method: 'DELETE', target: `${KEYS}/${id}`, as }))
  }
  connection.close()
  return answers
}

async function ask({ authorizeUrl, signer }: ServedNode, seconds: number): Promise<Answers> {
  const now = Date.now()
  const requests = Array.from({ length: QUESTIONS_PER_SECOND * seconds }, (_, i) => forwarded(signer, 'GET', now + i))
  const stream = { requests, perSecond: QUESTIONS_PER_SECOND, connections: CONNECTIONS }
  const { latenciesMs, statuses } = await sendPaced(Number(new URL(authorizeUrl).port), stream, seconds)
  return { latenciesMs: [...latenciesMs], statuses: Object.fromEntries(statuses) }
}

async function timed({ latenciesMs, statuses }: Answers, send: () => Promise<{ readonly status: number }>) {
  const sentAt = performance.now()
  // A call that the server cut off counts as 0.
  const { status } = await send().catch(() => ({ status: 0 }))
  latenciesMs.push(performance.now() - sentAt)
  statuses[status] = (statuses[status] ?? 0) + 1
}
