import type { Denied } from '@countersign/gate'

/** A remembered refusal. It is plain data, so that it can go to another thread. */
export interface RememberedRefusal extends Pick<Denied, 'denied' | 'details' | 'diagnosis'> {
  /** UUID v4. */
  readonly id: string
  /** The key whose holder provably sent the request; absent if nothing proves the sender. */
  readonly keyId?: string | undefined
  /** Unix milliseconds. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly ip: string
  /** The key id that the sender claimed, if the refusal does not prove its sender. */
  readonly claimedKeyId?: string | undefined
}
