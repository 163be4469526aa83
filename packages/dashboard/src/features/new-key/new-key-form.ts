import type { GenerateKeyRequest } from '@countersign/api'
import { keyNameProblem } from '@countersign/api/key-rules'
import { type KeyType, scopeListProblem } from '@countersign/protocol'
import type { Zone } from '../../ui/times.ts'

/** The form for a new key, as it is filled in. */
export interface NewKeyFields {
  readonly name: string
  readonly scopes: readonly string[]
  /** A number; empty for any sub-account. */
  readonly subaccount: string
  /** The first day on which the key is refused, `2027-03-01`; empty for no expiry. */
  readonly until: string
  readonly networks: readonly string[]
  readonly keyType: KeyType
  readonly madeBy: 'browser' | 'server'
}

/** The form before anything is filled in. */
export const NEW_KEY_FIELDS: NewKeyFields = {
  name: '',
  scopes: ['read'],
  subaccount: '',
  until: '',
  networks: [],
  keyType: 'rsa',
  madeBy: 'browser',
}

/** What the form is judged by. */
export interface NewKeyContext {
  /** All scopes of the deployment, in its order. */
  readonly allScopes: readonly string[]
  /** The zone in which a day starts. */
  readonly zone: Zone
  /** Unix milliseconds. */
  readonly nowMs: number
}

/** The form as it is understood. */
export interface NewKeyReading {
  readonly request: GenerateKeyRequest
  /** What is wrong, by field. */
  readonly problems: { readonly name?: string; readonly scopes?: string; readonly until?: string }
  readonly isComplete: boolean
}

/** Reads the form: the request that it makes, and what is wrong with it. */
export function readNewKey(fields: NewKeyFields, { allScopes, zone, nowMs }: NewKeyContext): NewKeyReading {
  const { name, scopes, subaccount, until, networks } = fields
  const expiresAt = until === '' ? undefined : Date.parse(`${until}T00:00${zone === 'utc' ? 'Z' : ''}`)
  const problems = {
    name: nameProblem(name),
    scopes: scopeListProblem(scopes, allScopes) && 'Choose at least one scope.',
    until: expiresAt !== undefined && expiresAt <= nowMs ? 'This day is over.' : undefined,
  }
  const request: GenerateKeyRequest = {
    name: name.trim(),
    scopes: allScopes.filter((scope) => scopes.includes(scope)),
    subaccount: subaccount === '' ? undefined : Number(subaccount),
    expires_at: expiresAt,
    ip_allowlist: networks.length === 0 ? undefined : [...networks],
  }
  return { request, problems, isComplete: Object.values(problems).every((problem) => problem === undefined) }
}

/** Why an account of this tier cannot register its own public key; `undefined` where it can, or where the tier is not known. */
export function ownKeyProblem(
  tier: string | undefined,
  deployment: { readonly tiers: readonly string[]; readonly ownPublicKeyTier?: string | undefined },
): string | undefined {
  const { tiers, ownPublicKeyTier: needed } = deployment
  if (needed === undefined || tier === undefined || tiers.indexOf(tier) >= tiers.indexOf(needed)) return undefined
  return `Accounts below tier ${needed} cannot register their own public key.`
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'Give the key a name.'
  const problem = keyNameProblem(name)
  return problem && `The name ${problem}.`
}
