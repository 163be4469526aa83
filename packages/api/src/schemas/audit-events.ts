import { type Static, Type } from 'typebox'
import { AUDIT_ACTIONS } from '../audit-actions.ts'
import { named, queryText, refTo } from './schema.ts'

const facts = (description: string) =>
  Type.Optional(
    Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true, description }),
  )

/** Who changed something. */
export const AuditActor = named(
  'AuditActor',
  Type.Object(
    {
      type: Type.String({
        description:
          '`account`: a key of the account. `operator`: a key with `admin`. `proof`: the holder of the private key ' +
          'itself. `link`: the user of a sign-in link. `command`: somebody with access to the database. `server`: the ' +
          'server itself, because it was due.',
        examples: ['account'],
      }),
      account_id: Type.Optional(Type.String({ description: 'The account of the key that signed.' })),
      api_key_id: Type.Optional(Type.String({ description: 'The key that signed.' })),
      ip: Type.Optional(Type.String({ description: 'The address that the request came from.' })),
    },
    { additionalProperties: false, description: 'Who changed something, and on what grounds that was believed.' },
  ),
)
export type AuditActor = Static<typeof AuditActor>

const event = {
  seq: Type.Integer({ description: 'Its place in the log of the deployment: 1, 2, 3, …', examples: [9311] }),
  at: Type.Integer({ description: 'Unix milliseconds.', examples: [1703123456789] }),
  action: Type.String({ description: `What happened: ${AUDIT_ACTIONS.join(', ')}.`, examples: ['key.revoked'] }),
  actor: refTo(AuditActor),
  account_id: Type.Optional(Type.String({ description: 'The account that was changed, or whose key was.' })),
  api_key_id: Type.Optional(Type.String({ description: 'The key that was changed.' })),
  before: facts('What was changed, as it was before; absent where nothing was there.'),
  after: facts('The same as it is since; absent where nothing is there any more.'),
  reason: Type.Optional(Type.String({ description: 'The reason.' })),
}

/** One change, exactly as it is hashed. */
export const AuditEvent = named(
  'AuditEvent',
  Type.Object(
    {
      ...event,
      previous_hash: Type.String({ description: 'The hash of the event before it, base64url.' }),
      hash: Type.String({ description: 'SHA-256 over all other fields, base64url.' }),
    },
    { additionalProperties: false, description: 'One change, in the form in which it is hashed.' },
  ),
)
export type AuditEvent = Static<typeof AuditEvent>

/** One change as the account's holder sees it: operators by their type alone, and without their notes. */
export const AccountAuditEvent = named(
  'AccountAuditEvent',
  Type.Object(event, { additionalProperties: false, description: 'One change of the account or of its keys.' }),
)
export type AccountAuditEvent = Static<typeof AccountAuditEvent>

/** A statement of how far the log goes, signed with the deployment key. */
export const AuditHead = named(
  'AuditHead',
  Type.Object(
    {
      deployment_id: Type.String({ description: "The deployment's id (UUID v4)." }),
      seq: Type.Integer({ description: 'The last event of the log then; 0 where there was none.' }),
      hash: Type.String({ description: "That event's hash, base64url." }),
      at: Type.Integer({ description: 'When it was signed: Unix milliseconds.' }),
      public_key: Type.String({ description: 'The public key that verifies it (SubjectPublicKeyInfo, DER, base64).' }),
      signature: Type.String({ description: 'Over the statement `audit_head`, base64.' }),
    },
    { additionalProperties: false, description: 'How far the log goes, signed with the deployment key.' },
  ),
)
export type AuditHead = Static<typeof AuditHead>

/** Whether the log is whole, as the watching node last checked it. */
export const AuditChain = named(
  'AuditChain',
  Type.Object(
    {
      state: Type.Union([Type.Literal('whole'), Type.Literal('broken'), Type.Literal('unchecked')], {
        description: '`unchecked` until a node has read the whole log once.',
      }),
      events: Type.Integer({ description: 'How many events have been checked.', examples: [18204] }),
      checked_at: Type.Optional(Type.Integer({ description: 'When that was: Unix milliseconds.' })),
      broken_at: Type.Optional(
        Type.Integer({ description: 'The first event that does not follow from the one before it.' }),
      ),
      fault: Type.Optional(
        Type.String({
          description:
            'What is wrong there: `events_missing`, `wrong_previous_hash`, `wrong_hash`, or `head_differs`: the log is not ' +
            'the one of the last published head.',
          examples: ['wrong_hash'],
        }),
      ),
      head: Type.Optional(refTo(AuditHead)),
      published_to: Type.Array(Type.String(), {
        description: 'Where the head is besides the database: `log`, `file`. Empty: a cut-off tail could not be seen.',
        examples: [['log', 'file']],
      }),
    },
    { additionalProperties: false, description: 'Whether the log is whole, as the watching node last checked it.' },
  ),
)
export type AuditChain = Static<typeof AuditChain>

const nextCursor = Type.Optional(Type.String({ description: '`cursor` of the next page; absent on the last one.' }))

/** A browser that is signed in. */
export const NamedBrowser = named(
  'NamedBrowser',
  Type.Object(
    {
      api_key_id: Type.String({ description: "The id of the browser's key, as events name it." }),
      name: Type.String({ description: "The browser's name.", examples: ['Chrome on macOS'] }),
    },
    { additionalProperties: false, description: 'A browser that is signed in, by its name.' },
  ),
)
export type NamedBrowser = Static<typeof NamedBrowser>

const browsers = Type.Array(refTo(NamedBrowser), {
  description: 'The browsers that made some of these changes and are still signed in.',
})

/** A page of the whole log. */
export const AuditEventPage = named(
  'AuditEventPage',
  Type.Object(
    {
      deployment_id: Type.String({
        description: "The deployment's id (UUID v4); its log's first hash follows from it.",
      }),
      events: Type.Array(refTo(AuditEvent), { description: 'The events that match.' }),
      browsers,
      next_cursor: nextCursor,
      chain: refTo(AuditChain),
    },
    { additionalProperties: false, description: 'Events that match, and whether the log is whole.' },
  ),
)
export type AuditEventPage = Static<typeof AuditEventPage>

/** A page of an account's own events. */
export const AccountAuditEventPage = named(
  'AccountAuditEventPage',
  Type.Object(
    {
      events: Type.Array(refTo(AccountAuditEvent), { description: 'The events that match, newest first.' }),
      browsers,
      next_cursor: nextCursor,
    },
    { additionalProperties: false, description: "Events of the caller's account that match." },
  ),
)
export type AccountAuditEventPage = Static<typeof AccountAuditEventPage>

const filters = {
  limit: queryText('Events a page, 1 to 500; 100 where absent.', '100'),
  cursor: queryText('`next_cursor` of the page before.'),
  action: queryText('What happened: one name, or the part before its dot.', 'key.revoked', 'key'),
  actor_type: queryText('Who: `account`, `operator`, `proof`, `link`, `command` or `server`.', 'operator'),
  actor_key_id: queryText('The key that signed for the change.'),
  api_key_id: queryText('The key that was changed.'),
  from: queryText('Not before this: Unix milliseconds.', '1703116800000'),
  to: queryText('Before this: Unix milliseconds.', '1703203200000'),
}

/** The filters of holders for events of their own account. */
export const AccountAuditQuery = named('AccountAuditQuery', Type.Object(filters, { description: 'Narrows the list.' }))
export type AccountAuditQuery = Static<typeof AccountAuditQuery>

/** The filters of operators for events. */
export const AuditQuery = named(
  'AuditQuery',
  Type.Object(
    {
      ...filters,
      account_id: queryText('The account that was changed, or whose key was.'),
      order: queryText('`newest` first or `oldest` first; `newest` where absent.', 'oldest'),
    },
    { description: 'Narrows and orders the list.' },
  ),
)
export type AuditQuery = Static<typeof AuditQuery>
