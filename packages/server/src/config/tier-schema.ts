import { type Static, Type } from 'typebox'
import { byName, closed, type Fixed, NAME_ALLOWED, positiveNumber, wholeNumber } from './schema-parts.ts'

const bucket = closed({
  refillRate: positiveNumber(1e9, { description: 'Tokens a second, refilled continuously.' }),
  capacity: wholeNumber(1, 1e9, { description: 'Tokens that the bucket holds when full.' }),
})

/** A token bucket of a usage tier. */
export type Bucket = Fixed<Static<typeof bucket>>

/** What accounts of a usage tier may spend: `read`, `write`, and other buckets that rules name. */
export interface Tier {
  readonly read: Bucket
  readonly write: Bucket
  readonly [bucket: string]: Bucket
}

const tier = byName(bucket, {
  description: 'The token buckets of a usage tier.',
  errorMessage: 'buckets by name, read and write among them',
  required: ['read', 'write'],
})

/** Usage tiers by name. The default ones are those of docs/wire.md section 4. */
export const TiersSchema = byName(Type.Unsafe<Tier>(tier), {
  description:
    'Usage tiers by name, lowest first. Each has the token buckets `read`, `write` and any that rules name, with `capacity` (tokens when full) and `refillRate` (tokens a second).',
  errorMessage: `usage tiers by name, lowest first; a name is ${NAME_ALLOWED}`,
  default: {
    basic: buckets(200, 600, 100, 100),
    advanced: buckets(300, 900, 300, 900),
    expert: buckets(600, 600, 600, 1800),
    premier: buckets(1200, 1200, 1200, 3600),
    paragon: buckets(2400, 2400, 2400, 7200),
    prime: buckets(4800, 4800, 4800, 14_400),
    prestige: buckets(12_000, 12_000, 9600, 28_800),
  },
  byDefault: '`basic` to `prestige`',
})

function buckets(readRefill: number, readCapacity: number, writeRefill: number, writeCapacity: number): Tier {
  return {
    read: { refillRate: readRefill, capacity: readCapacity },
    write: { refillRate: writeRefill, capacity: writeCapacity },
  }
}
