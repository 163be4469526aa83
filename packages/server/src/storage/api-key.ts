import type { Metadata } from './metadata.ts'
import type { ApiKeyState, KeyType } from './schema.ts'

/** A key as it was issued. */
export interface ApiKey {
  /** UUID v4. */
  readonly apiKeyId: string
  readonly accountId: string
  /** A signed-in browser's; absent = an API key. */
  readonly kind?: 'session'
  readonly name: string
  readonly keyType: KeyType
  /** SPKI, DER. */
  readonly publicKey: Uint8Array
  /** SHA-256 of `publicKey`, base64url. */
  readonly fingerprint: string
  readonly scopes: readonly string[]
  /** 0 to 63; absent = not bound. */
  readonly subaccount?: number
  readonly state: ApiKeyState
  /** Only if `state` is `revoked`. */
  readonly revokedReason?: string
  /** Unix milliseconds from which it no longer works; absent = never expires. */
  readonly expiresAt?: number
  /** CIDR ranges; absent = any address. */
  readonly ipAllowlist?: readonly string[]
  /** Name of the weakest profile it accepts; absent = any. */
  readonly minimumProfile?: string
  /** The key of its account that made it, which may be deleted; absent = made by an operator. */
  readonly parentKeyId?: string
  /** A token bucket beside its account's; absent = none. */
  readonly bucket?: KeyBucket
  /** The key that owns the bucket, if it is shared; absent = its own. */
  readonly bucketOwnerId?: string
  /** The provider's notes; absent = none. */
  readonly metadata?: Metadata
  /** The operator's key that made it. */
  readonly operatorKeyId?: string
  /** Who disabled it, and when (Unix milliseconds); only if `state` is `disabled`. */
  readonly disabledBy?: 'holder' | 'operator'
  readonly disabledAt?: number
  /** Unix milliseconds; only where `state` is `revoked`. */
  readonly revokedAt?: number
  /** What an operator added to the reason. */
  readonly revokedNote?: string
  /** Unix milliseconds; absent = never used. */
  readonly lastUsedAt?: number
  readonly lastUsedIp?: string
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** A token bucket of a key. */
export interface KeyBucket {
  /** Tokens when full. */
  readonly capacity: number
  /** Tokens a second. */
  readonly refillPerSecond: number
}

/** A key as it is stored, with what its account adds: everything a gate needs to decide. */
export interface StoredApiKey extends ApiKey {
  /** The provider's own id of the account. */
  readonly externalId?: string
  /** Name of the account's usage tier. */
  readonly tier: string
  readonly accountName: string
  readonly accountSuspended: boolean
  /** Its keys may hold the scope `admin`. */
  readonly ofOperator: boolean
}
