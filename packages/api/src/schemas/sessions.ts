import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

const sessionId = Type.String({
  description: "The session's id, which is the key id that its requests name (UUID v4).",
})
const browserName = Type.String({
  description: 'The name of the browser, for people: 1 to 128 characters.',
  examples: ['Chromium on Linux'],
})

/** Trades the code of a sign-in link for a session. */
export const StartSessionRequest = named(
  'StartSessionRequest',
  Type.Object(
    {
      code: Type.String({ description: 'The code in the link, the text after `#`.', maxLength: 128 }),
      public_key: Type.String({ description: "The browser's new public key as PEM. Never the private key." }),
      name: browserName,
      proof: Type.String({
        description: 'The statement `session` signed by the new key, base64 (docs/wire.md section 7).',
      }),
    },
    { additionalProperties: false, description: "A link's code, and the key that the browser made for it." },
  ),
)
export type StartSessionRequest = Static<typeof StartSessionRequest>

/** A new session. */
export const StartSessionResponse = named(
  'StartSessionResponse',
  Type.Object(
    {
      session_id: sessionId,
      account_id: Type.String({ description: "The account's id (UUID v4)." }),
      scopes: Type.Array(Type.String(), { description: 'What the session may do.', examples: [['read', 'write']] }),
      expires_at: Type.Integer({ description: 'Unix milliseconds; then it ends.' }),
    },
    { additionalProperties: false, description: 'The new session.' },
  ),
)
export type StartSessionResponse = Static<typeof StartSessionResponse>

/** A signed-in browser. */
export const Session = named(
  'Session',
  Type.Object(
    {
      session_id: sessionId,
      name: browserName,
      scopes: Type.Array(Type.String(), { description: 'What it may do.', examples: [['read']] }),
      is_current: Type.Boolean({ description: 'Whether it is the caller.' }),
      signed_in_at: Type.Integer({ description: 'Unix milliseconds.' }),
      last_used_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds, at most a minute late.' })),
      last_used_ip: Type.Optional(Type.String({ description: 'The address that it was last used from.' })),
      expires_at: Type.Integer({ description: 'Unix milliseconds; then it ends.' }),
    },
    { additionalProperties: false, description: 'A signed-in browser.' },
  ),
)
export type Session = Static<typeof Session>

/** The browsers that are signed in now. */
export const ListSessionsResponse = named(
  'ListSessionsResponse',
  Type.Object(
    { sessions: Type.Array(refTo(Session), { description: 'Newest first.' }) },
    { additionalProperties: false, description: 'The signed-in browsers of an account.' },
  ),
)
export type ListSessionsResponse = Static<typeof ListSessionsResponse>

/** How many sessions ended at once. */
export const EndSessionsResponse = named(
  'EndSessionsResponse',
  Type.Object(
    { ended: Type.Integer({ description: 'How many sessions ended.', examples: [3] }) },
    { additionalProperties: false, description: 'The sessions that ended.' },
  ),
)
export type EndSessionsResponse = Static<typeof EndSessionsResponse>

/** Path parameters of a call about one session. */
export const SessionParams = named(
  'SessionParams',
  Type.Object({ session: sessionId }, { description: 'Names one session.' }),
)
export type SessionParams = Static<typeof SessionParams>

const accountId = Type.String({ description: "The account's id (UUID v4)." })

/** Path parameters of an operator's call about all sessions of an account. */
export const AccountSessionsParams = named(
  'AccountSessionsParams',
  Type.Object({ account: accountId }, { description: 'Names one account.' }),
)
export type AccountSessionsParams = Static<typeof AccountSessionsParams>

/** Path parameters of an operator's call about one session of an account. */
export const AccountSessionParams = named(
  'AccountSessionParams',
  Type.Object({ account: accountId, session: sessionId }, { description: 'Names one session of an account.' }),
)
export type AccountSessionParams = Static<typeof AccountSessionParams>
