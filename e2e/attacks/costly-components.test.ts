import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { askAuthorize } from '../support/question.ts'
import { type AttackedServer, startAttackedServer } from './support/attacked-server.ts'
import { attackMs } from './support/length.ts'
import { runAttack } from './support/run-attack.ts'

const LASTS_MS = attackMs(4_000, 60_000)
const STRANGERS = 8

/** As many components as a signature may cover, and as many as it could. */
const [MOST, TOO_MANY] = [16, 60]

/** 7 KB of a dictionary, 11 KB of a query. */
const DICTIONARY = Array.from({ length: 900 }, (_, i) => `k${i}=1`).join(', ')
const QUERY = Array.from({ length: 1_400 }, (_, i) => `q${i}=1`).join('&')

const covering = (count: number, component: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => component(i)).join(' ')
const ofDictionary = (count: number) => covering(count, (i) => `"x";key="k${i}"`)
const ofQuery = (count: number) => `"@query" ${covering(count - 1, (i) => `"@query-param";name="q${i}"`)}`

let server: AttackedServer
afterEach(() => server?.close())

test('strangers from many networks who know a key id and sign nothing, with components that are dear to read', async () => {
  server = await startAttackedServer()
  let sent = 0
  const refusals = new Map<string, Set<string>>()
  const ask = async ({ authorizePort, honest }: AttackedServer, name: string, components: string, query = '') => {
    const created = Math.floor(Date.now() / 1000)
    const input = `("@method" "@authority" "@path" ${components});created=${created};keyid="${honest.keyId}";tag="countersign"`
    const headers = {
      'X-Original-Host': 'api.example.com',
      'Signature-Input': `s=${input}`,
      Signature: `s=:${Buffer.alloc(256, sent).toString('base64')}:`,
      ...(query === '' && { X: DICTIONARY }),
    }
    const said = await askAuthorize(authorizePort, { target: `/orders${query}`, ip: networkOf(sent++), headers })
    const told = refusals.get(name) ?? new Set()
    refusals.set(name, told.add(`${said.status} ${/"details":"([^"]*)"/.exec(said.refusal)?.[1]}`))
  }
  const strangers = async (attacked: AttackedServer, signal: AbortSignal) => {
    const stranger = async () => {
      while (!signal.aborted) {
        await ask(attacked, 'many members', ofDictionary(TOO_MANY))
        await ask(attacked, 'members', ofDictionary(MOST - 3))
        await ask(attacked, 'many parameters', ofQuery(TOO_MANY), `?${QUERY}`)
        await ask(attacked, 'parameters', ofQuery(MOST - 3), `?${QUERY}`)
        await sleep(20)
      }
    }
    await Promise.all(Array.from({ length: STRANGERS }, stranger))
  }
  await runAttack(server, strangers, { name: 'components', lastsMs: LASTS_MS, growthMiB: 128 })
  console.log(`  ${sent} requests of strangers, each from a network of its own`)
  expect(sent).toBeGreaterThan(20)
  const tooMany = new Set(['401 a signature may cover 16 components'])
  const wrong = new Set(['401 INCORRECT_API_KEY_SIGNATURE'])
  expect(Object.fromEntries(refusals)).toEqual({
    'many members': tooMany,
    members: wrong,
    'many parameters': tooMany,
    parameters: wrong,
  })
})

/** An address in the /64 of this number: failures are counted by /64. */
function networkOf(number: number): string {
  return `2001:db8:${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}::1`
}
