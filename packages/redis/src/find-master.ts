import { type Address, addressesOf } from './address.ts'
import type { RedisConnection } from './connection.ts'
import { inTime } from './in-time.ts'
import { messageOf, NoAnswer } from './redis-problem.ts'
import { connectTo } from './server-connection.ts'

const ANSWER_WITHIN_MS = 1_000

/** Asks the Sentinels, one after the other, where the master is. */
export async function findMaster(
  connection: Extract<RedisConnection, { readonly kind: 'sentinel' }>,
): Promise<Address> {
  const sentinels = addressesOf(connection)
  const isTls = connection.isTls ?? sentinels[0]?.isTls ?? false
  const problems: string[] = []
  for (const address of sentinels) {
    try {
      const found = await askSentinel(address, connection.name)
      if (found) return { ...found, ...connection.redis, isTls, tls: connection.tls }
      problems.push(`a Sentinel knows no master ${connection.name}`)
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  throw new NoAnswer(`no Sentinel names the master: ${problems.join('; ')}`)
}

async function askSentinel(address: Address, name: string): Promise<{ host: string; port: number } | undefined> {
  const sentinel = await connectTo(address, () => undefined)
  try {
    const answer = await inTime(sentinel.send(['SENTINEL', 'get-master-addr-by-name', name]), ANSWER_WITHIN_MS)
    return Array.isArray(answer) ? { host: String(answer[0]), port: Number(answer[1]) } : undefined
  } finally {
    sentinel.destroy()
  }
}
