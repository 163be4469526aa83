import type { Connection } from '../connection.ts'
import type { Bootstrapped } from '../key-holder.ts'
import { auditDatabase } from './audit.ts'
import type { HeldKey, Ledger } from './ledger.ts'

/** What a crash did to what the clients were told. */
export interface Verdict {
  /** Acknowledged changes that are not so. */
  readonly losses: readonly string[]
  /** Anything else that is not whole. */
  readonly damage: readonly string[]
}

const API = '/trade-api/v2'

/**
 * Compares a server that has come back with the ledger: every acknowledged key is listed and signs, every deleted one is
 * neither, and what had no answer is wholly one or wholly the other. Settles the open entries of the ledger by what it finds.
 */
export async function verifyAfterCrash(
  connection: Connection,
  databaseUrl: string,
  accounts: readonly Bootstrapped[],
  ledger: Ledger,
): Promise<Verdict> {
  const { keyIds, problems } = await auditDatabase(databaseUrl)
  const losses: string[] = []
  const damage = [...problems]
  const listed = new Map<string, ListedKey>()
  for (const account of accounts) for (const key of await list(connection, account)) listed.set(key.api_key_id, key)
  if (listed.size !== keyIds.size || [...listed.keys()].some((id) => !keyIds.has(id))) {
    damage.push(`${listed.size} keys are listed, ${keyIds.size} are in the database`)
  }

  for (const [id, key] of ledger.there) {
    const answer = await use(connection, key)
    if (listed.get(id)?.name === key.name && answer === '200') continue
    losses.push(`${key.name} was acknowledged, is ${listed.has(id) ? '' : 'not '}listed and answers ${answer}`)
    ledger.there.delete(id)
  }
  for (const [id, key] of ledger.gone) {
    const answer = await use(connection, key)
    if (!listed.has(id) && answer === GONE) continue
    losses.push(`${key.name} was deleted, is ${listed.has(id) ? '' : 'not '}listed and answers ${answer}`)
  }
  for (const [id, key] of ledger.maybeGone) {
    const answer = await use(connection, key)
    if (answer !== (listed.has(id) ? '200' : GONE)) {
      damage.push(
        `${key.name}, whose deletion had no answer, is ${listed.has(id) ? '' : 'not '}listed and answers ${answer}`,
      )
    }
    if (listed.has(id)) ledger.there.set(id, key)
  }
  ledger.gone.clear()
  ledger.maybeGone.clear()

  const known = new Set([...ledger.there.keys(), ...accounts.map(({ keyId }) => keyId)])
  for (const [id, { name, account }] of listed) {
    if (known.has(id)) continue
    if (!ledger.maybeThere.has(name)) damage.push(`${name} is listed and nobody asked for it`)
    // Its private key was in the answer that never came: all that is left to do is to delete it.
    const deleted = await connection.send({ method: 'DELETE', target: `${API}/api_keys/${id}`, as: account })
    if (deleted.status !== 204) damage.push(`${name}, whose answer was lost, cannot be deleted: ${deleted.status}`)
  }
  ledger.maybeThere.clear()
  return { losses, damage }
}

/** Deletes everything that clients hold, so that the next round has room. */
export async function deleteHeld(
  connection: Connection,
  accounts: readonly Bootstrapped[],
  { there, gone }: Ledger,
  keep: number,
): Promise<void> {
  for (const [id, key] of [...there].slice(keep)) {
    const account = accounts.find(({ accountId }) => accountId === key.accountId)
    const { status } = await connection.send({
      method: 'DELETE',
      target: `${API}/api_keys/${id}`,
      ...(account && { as: account }),
    })
    if (status !== 204) throw new Error(`deleting ${key.name} answered ${status}`)
    there.delete(id)
    gone.set(id, key)
  }
}

interface ListedKey {
  readonly api_key_id: string
  readonly name: string
  readonly account: Bootstrapped
}

async function list(connection: Connection, account: Bootstrapped): Promise<ListedKey[]> {
  const { status, body } = await connection.send({ method: 'GET', target: `${API}/api_keys`, as: account })
  if (status !== 200) throw new Error(`the list answered ${status} ${body}`)
  return JSON.parse(body).api_keys.map((key: Omit<ListedKey, 'account'>) => ({ ...key, account }))
}

const GONE = '401 NOT_FOUND'

/** The status of a request signed with a key, with the details of a refusal. */
async function use(connection: Connection, key: HeldKey): Promise<string> {
  const { status, body } = await connection.send({ method: 'GET', target: `${API}/account/limits`, as: key })
  return status === 200 ? '200' : `${status} ${JSON.parse(body).error?.details}`
}
