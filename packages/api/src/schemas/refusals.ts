import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

const at = Type.Integer({ description: 'Unix milliseconds.', examples: [1703123456789] })
const code = Type.String({
  description: 'The stable name of the refusal; some share a code on the wire.',
  examples: ['signature_incorrect'],
})
const status = Type.Integer({ description: 'The HTTP status of the answer.', examples: [401] })
const method = Type.String({ description: 'The method of the request, 32 characters of it.', examples: ['GET'] })
const path = Type.String({
  description: 'The path of the request without its query, 512 characters of it.',
  examples: ['/trade-api/v2/portfolio/orders'],
})
const ip = Type.String({ description: "The caller's address.", examples: ['203.0.113.7'] })
const since = Type.Integer({
  description: 'Unix milliseconds since when refusals are kept: a week ago, or later.',
  examples: [1703123456789],
})

/** The mistake that the doctor found in a signature. */
export const RefusalDiagnosis = named(
  'RefusalDiagnosis',
  Type.Object(
    {
      cause: Type.String({ description: 'Stable name of the mistake.', examples: ['query_signed'] }),
      hint: Type.String({ description: 'What to do about it.' }),
      signed_text: Type.Optional(Type.String({ description: 'The signed text, if it is text and not too long.' })),
      expected_text: Type.Optional(Type.String({ description: 'The expected text.' })),
    },
    { additionalProperties: false, description: 'Why the signature failed.' },
  ),
)
export type RefusalDiagnosis = Static<typeof RefusalDiagnosis>

/** A refused request that provably came from the key's holder. */
export const Refusal = named(
  'Refusal',
  Type.Object(
    {
      ...{ at, code, status },
      details: Type.Optional(Type.String({ description: 'Distinguishes this refusal from others of its code.' })),
      ...{ method, path, ip },
      diagnosis: Type.Optional(refTo(RefusalDiagnosis)),
    },
    { additionalProperties: false, description: "A refusal of a request that provably came from the key's holder." },
  ),
)
export type Refusal = Static<typeof Refusal>

/** The last refusals of one key, newest first. */
export const ListRefusalsResponse = named(
  'ListRefusalsResponse',
  Type.Object(
    {
      since,
      refusals: Type.Array(refTo(Refusal), {
        description:
          'The last 50 on all nodes, newest first. Requests whose signature proves nothing are not among them: anyone ' +
          'can send a key id.',
      }),
    },
    { additionalProperties: false, description: "Refused requests that provably came from the key's holder." },
  ),
)
export type ListRefusalsResponse = Static<typeof ListRefusalsResponse>

/** A refused request that does not prove its sender. */
export const ClaimedRefusal = named(
  'ClaimedRefusal',
  Type.Object(
    {
      ...{ at, code, status, method, path, ip },
      claimed_api_key_id: Type.Optional(
        Type.String({
          description:
            'The key id that the sender claimed, 64 characters of it. It does not prove who sent the request.',
        }),
      ),
    },
    { additionalProperties: false, description: 'A refusal of a request that does not prove its sender.' },
  ),
)
export type ClaimedRefusal = Static<typeof ClaimedRefusal>

/** The last refusals that do not prove their sender, newest first. */
export const ListClaimedRefusalsResponse = named(
  'ListClaimedRefusalsResponse',
  Type.Object(
    {
      since,
      capacity: Type.Integer({ description: 'How many are kept; older ones are dropped.', examples: [200] }),
      refusals: Type.Array(refTo(ClaimedRefusal), {
        description: 'The last ones on all nodes, newest first. The key ids are what the senders claim.',
      }),
    },
    { additionalProperties: false, description: 'Refused requests that do not prove their sender.' },
  ),
)
export type ListClaimedRefusalsResponse = Static<typeof ListClaimedRefusalsResponse>
