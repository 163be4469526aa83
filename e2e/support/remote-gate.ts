import { createGate, type Decision } from '@countersign/gate'
import { createRemoteKeySource, type RemoteKeySource, type RemoteKeySourceOptions } from '@countersign/gate/remote'
import type { Database } from '../../packages/server/src/storage/database.ts'
import { givenCustomer, givenKey } from './given-key.ts'
import { accessHeaders, type KeyHolder } from './key-holder.ts'

/** A gate in this process, as a provider's own service has it, with keys from a control plane. */
export interface RemoteGate {
  readonly keys: RemoteKeySource
  /** What it said, for its service's log. */
  readonly said: readonly string[]
  /** Key look-ups that it sent to the control plane, and streams that it opened there. */
  readonly sent: { lookUps: number; streams: number }
  /** The status that a request of this holder gets, and when the gate was asked, on the clock of `performance.now`. */
  ask(
    holder: KeyHolder,
  ): Promise<{ readonly status: number; readonly denied: string | undefined; readonly atMs: number }>
}

/** A key that reads keys, as its holder has it. */
export interface GateKey {
  readonly keyId: string
  readonly accountId: string
  /** PEM. */
  readonly privateKey: string
}

/** Puts a key with the scope `gate` into the database. */
export async function givenGateKey(database: Database): Promise<GateKey> {
  const accountId = await givenCustomer(database, 'gates')
  const { keyId, privateKey } = await givenKey(database, accountId, { name: 'gate', scopes: ['gate'] })
  return { keyId, accountId, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** Opens such a gate. Its key source is to be closed. */
export function openRemoteGate(options: RemoteKeySourceOptions): RemoteGate {
  const said: string[] = []
  const sent = { lookUps: 0, streams: 0 }
  const { fetch: send = fetch } = options
  const keys = createRemoteKeySource({
    ...options,
    log: (message) => void said.push(message),
    fetch: (input, init) => {
      if (String(input).endsWith('/changes')) sent.streams++
      else if (!String(input).endsWith('/decisions')) sent.lookUps++
      return send(input, init)
    },
  })
  const gate = createGate({ keys })
  return {
    keys,
    said,
    sent,
    async ask(holder) {
      const atMs = performance.now()
      const headers = Object.entries(accessHeaders(holder, 'GET', '/orders'))
      const lower = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]))
      const decision: Decision = await gate.decide({
        method: 'GET',
        target: '/orders',
        ip: '203.0.113.7',
        header: (name) => lower.get(name),
      })
      return 'allowed' in decision
        ? { status: 200, denied: undefined, atMs }
        : { status: decision.denied === 'service_unavailable' ? 503 : 401, denied: decision.denied, atMs }
    },
  }
}
