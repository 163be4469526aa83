import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** Why a key is revoked (docs/wire.md section 7). */
export const REVOCATION_REASONS = ['key_compromise', 'superseded', 'unspecified'] as const

/** Why a key is revoked. */
export type RevocationReason = (typeof REVOCATION_REASONS)[number]

/** A revocation by the holder of the private key. */
export const RevocationRequest = named(
  'RevocationRequest',
  Type.Object(
    {
      public_key: Type.String({ description: 'The public key as PEM.' }),
      reason: Type.String({
        description: '`key_compromise`, `superseded` or `unspecified`.',
        examples: ['key_compromise'],
      }),
      signature: Type.String({
        description: 'Signature of the statement `revoke` by the private key that is revoked, standard base64.',
      }),
    },
    { description: 'A public key, and the proof that the caller has its private key.' },
  ),
)
export type RevocationRequest = Static<typeof RevocationRequest>

/** The result of a revocation. */
export const RevocationResponse = named(
  'RevocationResponse',
  Type.Object(
    {
      status: Type.Union([Type.Literal('revoked'), Type.Literal('already_revoked'), Type.Literal('unknown')], {
        description:
          '`revoked`: refused everywhere from now on. `already_revoked`: it was revoked before. `unknown`: it was never registered here; nothing was stored.',
      }),
    },
    { additionalProperties: false, description: 'What became of it.' },
  ),
)
export type RevocationResponse = Static<typeof RevocationResponse>
