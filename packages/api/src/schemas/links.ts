import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

const codeSha256 = Type.String({
  description: 'SHA-256 of the code in the link, base64url.',
  pattern: '^[A-Za-z0-9_-]{43}$',
  examples: ['47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
})

/** Asks about a sign-in link without using it. */
export const PreviewLinkRequest = named(
  'PreviewLinkRequest',
  Type.Object({ code_sha256: codeSha256 }, { additionalProperties: false, description: 'Names a sign-in link.' }),
)
export type PreviewLinkRequest = Static<typeof PreviewLinkRequest>

/** The purpose of a sign-in link. */
export const LinkPreview = named(
  'LinkPreview',
  Type.Object(
    {
      status: Type.Union(
        [Type.Literal('usable'), Type.Literal('used'), Type.Literal('expired'), Type.Literal('unknown')],
        {
          description: 'Whether it can be used. For a day, used and expired links are distinguished from unknown ones.',
        },
      ),
      deployment_id: Type.String({ description: 'Names this deployment in the statement that uses the link.' }),
      account: Type.Optional(
        Type.Object(
          {
            id: Type.String({ description: "The account's id (UUID v4)." }),
            name: Type.String({ description: "The account's name." }),
            external_id: Type.Optional(Type.String({ description: "The provider's own id of the account." })),
          },
          {
            additionalProperties: false,
            description: 'The account that the link signs in to; only for a usable link.',
          },
        ),
      ),
      operator: Type.Optional(
        Type.Boolean({ description: 'Whether it gives power over every account; only for a usable link.' }),
      ),
      scopes: Type.Optional(
        Type.Array(Type.String(), {
          description: 'What the session may do; only for a usable link.',
          examples: [['read', 'write']],
        }),
      ),
      expires_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds; from then on it cannot be used; only for a usable link.' }),
      ),
    },
    { additionalProperties: false, description: 'The purpose of a sign-in link.' },
  ),
)
export type LinkPreview = Static<typeof LinkPreview>

/** Body of a call that makes a sign-in link for a customer. */
export const CreateLinkRequest = named(
  'CreateLinkRequest',
  Type.Object(
    {
      account_id: Type.String({ description: "The customer's account (UUID v4)." }),
      access: Type.Union([Type.Literal('read'), Type.Literal('read_write')], {
        description: 'What the session may do: look, or also change.',
      }),
    },
    { additionalProperties: false, description: 'The customer of a sign-in link.' },
  ),
)
export type CreateLinkRequest = Static<typeof CreateLinkRequest>

/** A new sign-in link. */
export const CreateLinkResponse = named(
  'CreateLinkResponse',
  Type.Object(
    {
      link_id: Type.String({ description: 'The id of the link in the audit log (UUID v4).' }),
      url: Type.String({
        description: 'It signs in whoever opens it first. It is in this answer and nowhere else.',
        examples: ['https://keys.example.com/dashboard/enter#CODE'],
      }),
      expires_at: Type.Integer({ description: 'Unix milliseconds; from then on it cannot be used.' }),
    },
    { additionalProperties: false, description: 'A sign-in link: works once, within ten minutes.' },
  ),
)
export type CreateLinkResponse = Static<typeof CreateLinkResponse>
