import { type ImportKey, importVerifyingKey, type Profile, parseKeptPublicKey } from '@countersign/protocol'
import { type Network, parseNetwork } from '../network.ts'
import type { KeyRecord } from '../ports.ts'
import type { BucketSize } from '../token-bucket.ts'

/** An answer that is not a record of the requested key. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord'
}

/**
 * The record in an answer of the control plane (`GateKey` of the API). An unknown restriction makes the record
 * unreadable: a key is never read without one of its restrictions.
 *
 * @throws UnreadableRecord
 */
export async function readKeyRecord(
  answer: unknown,
  keyId: string,
  importKey: ImportKey = importVerifyingKey,
): Promise<KeyRecord> {
  const fields: Fields = isObject(answer) ? answer : {}
  if (fields.api_key_id !== keyId) throw new UnreadableRecord('the answer is about no key, or about another one')
  const publicKey = parseKeptPublicKey(required(fields, 'public_key', readText))
  if ('problem' in publicKey) throw new UnreadableRecord(`public_key ${publicKey.message}`)
  const externalId = optional(fields, 'external_id', readText)
  const subaccount = optional(fields, 'subaccount', readNumber)
  const expiresAtMs = optional(fields, 'expires_at', readNumber)
  const minimumProfile = optional(fields, 'minimum_profile', readProfile)
  const ipAllowlist = optional(fields, 'ip_allowlist', readNetworks)
  const bucket = optional(fields, 'bucket', readBucket)
  const bucketOwnerId = optional(fields, 'bucket_owner_id', readText)
  const isSession = optional(fields, 'is_session', readTruth)
  return {
    keyId,
    accountId: required(fields, 'account_id', readText),
    key: await importKey(publicKey),
    scopes: required(fields, 'scopes', readTexts),
    state: required(fields, 'state', readState),
    accountSuspended: required(fields, 'account_suspended', readTruth),
    tier: required(fields, 'usage_tier', readText),
    externalId,
    subaccount,
    expiresAtMs,
    minimumProfile,
    ipAllowlist,
    bucket,
    bucketOwnerId,
    isSession,
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The value as this type, `undefined` if it is something else. */
type Read<Value> = (value: unknown) => Value | undefined

function required<Value>(fields: Fields, name: string, read: Read<Value>): Value {
  const value = read(fields[name])
  if (value === undefined) throw new UnreadableRecord(`${name} is not what it should be`)
  return value
}

function optional<Value>(fields: Fields, name: string, read: Read<Value>): Value | undefined {
  return fields[name] === undefined ? undefined : required(fields, name, read)
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function readTruth(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function readTexts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

function readState(value: unknown): KeyRecord['state'] | undefined {
  return value === 'active' || value === 'disabled' || value === 'revoked' ? value : undefined
}

function readProfile(value: unknown): Profile | undefined {
  return value === 'access-headers' || value === 'http-message-signatures' ? value : undefined
}

function readNetworks(value: unknown): Network[] | undefined {
  const networks = readTexts(value)?.map(parseNetwork)
  return networks?.every((network): network is Network => !('problem' in network)) ? networks : undefined
}

function readBucket(value: unknown): BucketSize | undefined {
  if (!isObject(value)) return undefined
  const [capacity, refillPerSecond] = [readNumber(value.capacity), readNumber(value.refill_rate)]
  return capacity === undefined || refillPerSecond === undefined ? undefined : { capacity, refillPerSecond }
}
