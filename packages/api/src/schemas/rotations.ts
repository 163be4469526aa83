import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

/** Body of a call that starts the replacement of a key. */
export const RotateKeyRequest = named(
  'RotateKeyRequest',
  Type.Object(
    {
      grace_seconds: Type.Integer({
        description: 'How long the old key is still accepted: 0 to 7776000 (90 days), and never beyond its own expiry.',
        examples: [86400],
      }),
      public_key: Type.Optional(
        Type.String({ description: 'The new public key as PEM; without it the server makes a key pair.' }),
      ),
      proof: Type.Optional(
        Type.String({
          description:
            'Signature of the statement `rotate` by the new private key, standard base64; needed with `public_key`.',
        }),
      ),
      key_type: Type.Optional(
        Type.String({ description: '`rsa` or `ed25519`, if the server makes it; the old key’s by default.' }),
      ),
      name: Type.Optional(Type.String({ description: 'Name of the new key; the old one’s by default.' })),
    },
    { description: 'The new key, and how long the old key stays valid.' },
  ),
)
export type RotateKeyRequest = Static<typeof RotateKeyRequest>

/** The new key of a rotation. */
export const RotateKeyResponse = named(
  'RotateKeyResponse',
  Type.Object(
    {
      rotation_id: Type.String({ description: "The rotation's id (UUID v4)." }),
      api_key_id: Type.String({ description: "The new key's id (UUID v4)." }),
      key_type: Type.Union([Type.Literal('rsa'), Type.Literal('ed25519')], { description: 'The type of the new key.' }),
      deadline: Type.Integer({ description: 'Unix milliseconds; from then on the old key is refused.' }),
      private_key: Type.Optional(
        Type.String({
          description: 'The new private key as PEM, if the server made it. It is in this answer and nowhere else.',
        }),
      ),
    },
    { additionalProperties: false, description: 'The rotation that was started.' },
  ),
)
export type RotateKeyResponse = Static<typeof RotateKeyResponse>

/** How many requests both keys of a rotation still sign. */
export const RotationTraffic = named(
  'RotationTraffic',
  Type.Object(
    {
      since: Type.Integer({ description: 'Unix milliseconds: an hour ago, or the start if that was later.' }),
      old: Type.Integer({ description: 'Requests since then that the old key signed, whatever their outcome.' }),
      new: Type.Integer({ description: 'The same for the new key.' }),
      old_share: Type.Optional(
        Type.Number({ description: 'The share of both that the old key signed, 0 to 1; absent if there were none.' }),
      ),
    },
    { additionalProperties: false, description: 'In whole minutes, complete up to a second ago.' },
  ),
)
export type RotationTraffic = Static<typeof RotationTraffic>

/** The replacement of one key by another. */
export const Rotation = named(
  'Rotation',
  Type.Object(
    {
      rotation_id: Type.String({ description: "The rotation's id (UUID v4)." }),
      old_api_key_id: Type.String({ description: 'The key that is replaced.' }),
      new_api_key_id: Type.String({ description: 'The key that replaces it.' }),
      state: Type.Union([Type.Literal('open'), Type.Literal('finished'), Type.Literal('aborted')], {
        description: 'While it is `open`, both keys are accepted; it is `finished` by its deadline at the latest.',
      }),
      started_at: Type.Integer({ description: 'Unix milliseconds.' }),
      deadline: Type.Integer({ description: 'Unix milliseconds; from then on the old key is refused.' }),
      ended_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds; only if it is no longer open.' })),
      traffic: Type.Optional(refTo(RotationTraffic)),
      old_last_used_at: Type.Optional(
        Type.Integer({ description: "Unix milliseconds of the old key's last use, at most a minute late." }),
      ),
      old_last_used_ip: Type.Optional(Type.String({ description: 'The address of that use.' })),
    },
    { additionalProperties: false, description: 'A rotation.' },
  ),
)
export type Rotation = Static<typeof Rotation>
