import { MEMBER, TOO_MANY } from './script.ts'

/** The time since when Redis remembers, and the state of the deployment's buckets, as `hello` answers them. */
export interface Epoch {
  readonly id: string
  /** By Redis' clock. Claims that were signed earlier may have been forgotten. */
  readonly sinceMs: number
  /** `lag mark rest part`, as the script takes them where it cannot read them itself. */
  readonly state: string
}

/** What `hello` answers. */
export interface Hello {
  readonly redisMs: number
  readonly epoch: Epoch
  /** Whether this thread counts as present: its part of all buckets is set aside when it is silent. */
  readonly isMember: boolean
  /** Whether the parts of all others leave none for it. */
  readonly isTooMany: boolean
}

export function helloOf([stamp, id, since, member, state]: readonly unknown[]): Hello {
  return {
    redisMs: Number(stamp) / 1000,
    epoch: { id: String(id), sinceMs: Number(since), state: String(state) },
    isMember: member === MEMBER,
    isTooMany: member === TOO_MANY,
  }
}
