import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type AttackedServer, startAttackedServer } from './support/attacked-server.ts'
import { attackMs } from './support/length.ts'
import { runAttack } from './support/run-attack.ts'
import { signedCall } from './support/signed-call.ts'

const LASTS_MS = attackMs(4_000, 60_000)
const KEYS = '/trade-api/v2/api_keys'

/** The bucket that fills as slowly as a key's own may, and one that fills in a day. */
const SLOW = { bucket_capacity: 90, refill_rate: 0.1 }
const SLOWER = { bucket_capacity: 10, refill_rate: 0.00011575 }

/** Buckets that are not full because of the accounts' own calls. */
const OF_ACCOUNTS = 10

let server: AttackedServer
afterEach(() => server?.close())

test('a customer who makes keys with slow buckets and deletes them takes no room from others', async () => {
  server = await startAttackedServer({ attackerTier: 'prestige' })
  expect((await makeKey(server, SLOWER)).status).toBe(400)
  let used = 0
  const fill = async (attacked: AttackedServer, signal: AbortSignal) => {
    const fillOne = async () => {
      while (!signal.aborted) {
        if (await useNewKey(attacked)) used++
        // Refused from when the account has added to the audit log what it may in an hour.
        else await sleep(50)
      }
    }
    await Promise.all(Array.from({ length: 4 }, fillOne))
  }
  await runAttack(server, fill, { name: 'bucket slots', lastsMs: LASTS_MS, growthMiB: 128 })
  const held = await server.metric('countersign_admission_entries', 'kind="bucket"')
  console.log(`  ${used} keys with a bucket of their own were made, used and deleted; ${held} buckets are held`)
  expect(used).toBeGreaterThan(2 * OF_ACCOUNTS)
  expect(held).toBeLessThanOrEqual(OF_ACCOUNTS)
})

async function makeKey(attacked: AttackedServer, bucket: typeof SLOW) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const json = { name: 'slot', public_key: pem, bucket }
  return { privateKey, ...(await signedCall(attacked, attacked.attacker, 'POST', KEYS, json)) }
}

/** A new key deletes itself: its own bucket is not full then. Whether that was done. */
async function useNewKey(attacked: AttackedServer): Promise<boolean> {
  const { status, text, privateKey } = await makeKey(attacked, SLOW)
  if (status !== 201) return false
  const { api_key_id: keyId } = JSON.parse(text)
  return (await signedCall(attacked, { keyId, privateKey }, 'DELETE', `${KEYS}/${keyId}`)).status === 204
}
