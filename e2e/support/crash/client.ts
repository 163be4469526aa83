import type { Connection, RequestToSend, WholeAnswer } from '../connection.ts'
import { type Bootstrapped, keyHolder } from '../key-holder.ts'
import type { Random } from '../random.ts'
import type { HeldKey, Ledger } from './ledger.ts'

/** One client's part of a round. */
export interface Work {
  /** Names its keys. */
  readonly label: string
  /** Whose keys it makes, with a key that stays. */
  readonly account: Bootstrapped
  readonly connection: Connection
  readonly ledger: Ledger
  readonly random: Random
  /** Whether the crash has come; then the client stops. */
  readonly over: () => boolean
  /** Called the moment a change has been acknowledged. */
  readonly onAcknowledged: () => void
}

const KEYS_PATH = '/trade-api/v2/api_keys'
const HELD_AT_MOST = 6
const RSA_SHARE = 0.3

/**
 * Generates keys of both types and deletes them, one request after another, until the crash. Every other answer than the
 * wanted one is a fault, but for a 503: like an answer that never came, it leaves open what happened.
 */
export async function generateAndDelete(work: Work): Promise<void> {
  const held: HeldKey[] = []
  for (let count = 0; !work.over(); count++) {
    const wanted = held.length < 2 || (held.length < HELD_AT_MOST && work.random.fraction() < 0.6)
    if (wanted) await generate(work, `${work.label}-${count}`, held)
    else await remove(work, held.splice(work.random.between(0, held.length - 1), 1)[0])
  }
}

async function generate({ account, ledger, random, ...work }: Work, name: string, held: HeldKey[]): Promise<void> {
  const keyType = random.fraction() < RSA_SHARE ? 'rsa' : 'ed25519'
  ledger.maybeThere.add(name)
  const answer = await ask(work, {
    method: 'POST',
    target: `${KEYS_PATH}/generate`,
    as: account,
    json: { name, key_type: keyType },
  })
  if (!answer) {
    ledger.lostAnswers++
    return
  }
  if (answer.status !== 201) throw new Error(`generate answered ${answer.status} ${answer.body}`)
  work.onAcknowledged()
  const made = JSON.parse(answer.body)
  const key = { ...keyHolder(made.api_key_id, made.private_key), name, accountId: account.accountId }
  ledger.acknowledged++
  ledger.maybeThere.delete(name)
  ledger.there.set(key.keyId, key)
  held.push(key)
}

async function remove({ account, ledger, ...work }: Work, key: HeldKey | undefined): Promise<void> {
  if (!key) return
  ledger.there.delete(key.keyId)
  ledger.maybeGone.set(key.keyId, key)
  const answer = await ask(work, { method: 'DELETE', target: `${KEYS_PATH}/${key.keyId}`, as: account })
  if (!answer) {
    ledger.lostAnswers++
    return
  }
  if (answer.status !== 204) throw new Error(`delete answered ${answer.status} ${answer.body}`)
  work.onAcknowledged()
  ledger.acknowledged++
  ledger.maybeGone.delete(key.keyId)
  ledger.gone.set(key.keyId, key)
}

/** The answer, or nothing where the crash came between. */
async function ask(
  { connection, over }: Pick<Work, 'connection' | 'over'>,
  request: RequestToSend,
): Promise<WholeAnswer | undefined> {
  try {
    const answer = await connection.send(request)
    return answer.status === 503 && over() ? undefined : answer
  } catch (error) {
    if (!over()) throw new Error('an answer was lost before the crash', { cause: error })
    return undefined
  }
}
