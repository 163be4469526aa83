/** A program: asks for each claim with a token, all at once, when it is told. */
import { once } from 'node:events'
import type { Charge, SignatureClaim } from '@countersign/gate'
import { openRedisAdmission } from '../src/open-redis-admission.ts'

/** What it asks for. */
export interface Shot {
  readonly url: string
  readonly secret: string
  readonly claims: readonly SignatureClaim[]
  readonly charge: Charge
}

const [shot] = (await once(process, 'message')) as [Shot]
const admission = await openRedisAdmission({
  connection: { kind: 'single', url: shot.url },
  secret: shot.secret,
  timeoutMs: 20_000,
})
process.send?.('ready')
await once(process, 'message')
const asked = shot.claims.map((claim) => admission.admit({ accountId: 'a', claim, charges: [shot.charge] }))
process.send?.((await Promise.all(asked)).map(({ outcome }) => outcome))
