import { type Static, Type } from 'typebox'
import { optionalNullable, textsByName } from './nullable.ts'
import { named, queryText, refTo } from './schema.ts'

const name = Type.String({
  description: '1 to 128 characters after trimming, no control characters. Need not be unique.',
  examples: ['Acme Trading'],
})

const externalId = Type.String({
  description:
    'The provider’s own id of this customer, unique: 1 to 128 printable ASCII characters without spaces. Once set, ' +
    'X-Countersign-Account carries it.',
  examples: ['cus_1042'],
})

const tier = Type.String({ description: 'The name of a configured usage tier.', examples: ['basic'] })

const metadata = textsByName(
  'Notes: at most 16 names of 1 to 64 characters, each with a text of at most 512; at most 4096 bytes as JSON.',
  {
    contract: '2026-117',
  },
)

/** A customer of the provider, or an account of operators. */
export const Account = named(
  'Account',
  Type.Object(
    {
      account_id: Type.String({
        description: "The account's id (UUID v4).",
        examples: ['3f0b6f0e-3b0c-4b53-9f62-0f3f4f0c7a11'],
      }),
      name,
      external_id: Type.Optional(externalId),
      usage_tier: tier,
      state: Type.Union([Type.Literal('active'), Type.Literal('suspended')], {
        description: 'Every key of a suspended account is refused with ACCOUNT_SUSPENDED.',
      }),
      suspended_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds; only if it is suspended.' })),
      operator: Type.Boolean({ description: 'Whether its keys may hold the scope `admin`.' }),
      metadata: Type.Optional(metadata),
      created_at: Type.Integer({ description: 'Unix milliseconds.', examples: [1703123456789] }),
      api_keys: Type.Integer({ description: 'Keys that are neither revoked nor expired.', examples: [12] }),
      last_used_at: Type.Optional(
        Type.Integer({
          description:
            'Unix milliseconds of the last use of one of its keys, at most a minute late; absent means never.',
        }),
      ),
    },
    { additionalProperties: false, description: 'An account.' },
  ),
)
export type Account = Static<typeof Account>

/** Body of a call that makes an account. */
export const CreateAccountRequest = named(
  'CreateAccountRequest',
  Type.Object(
    {
      name,
      external_id: Type.Optional(externalId),
      usage_tier: Type.Optional(
        Type.String({ description: 'Name of a configured usage tier; the configured default if absent.' }),
      ),
      metadata: Type.Optional(metadata),
    },
    { description: 'The new customer.' },
  ),
)
export type CreateAccountRequest = Static<typeof CreateAccountRequest>

/** Body of a call that changes an account. */
export const UpdateAccountRequest = named(
  'UpdateAccountRequest',
  Type.Object(
    {
      name: Type.Optional(name),
      external_id: optionalNullable(externalId, 'null: none.'),
      usage_tier: Type.Optional(tier),
      metadata: optionalNullable(metadata, 'null: none. Replaces all of them.'),
    },
    { description: 'What to change. Absent fields stay unchanged.' },
  ),
)
export type UpdateAccountRequest = Static<typeof UpdateAccountRequest>

/** Body of a suspension. */
export const SuspendAccountRequest = named(
  'SuspendAccountRequest',
  Type.Object(
    { reason: Type.Optional(Type.String({ description: 'The reason, for the audit log; at most 512 characters.' })) },
    { description: 'The reason.' },
  ),
)
export type SuspendAccountRequest = Static<typeof SuspendAccountRequest>

/** A page of accounts. */
export const AccountPage = named(
  'AccountPage',
  Type.Object(
    {
      accounts: Type.Array(refTo(Account), { description: 'The accounts, in the order in which they were made.' }),
      total: Type.Integer({
        description: 'How many accounts match, on all pages together: at least so many if `total_is_capped`.',
        examples: [48],
      }),
      total_is_capped: Type.Optional(
        Type.Literal(true, { description: 'Present where more may match: counting ended early.' }),
      ),
      next_cursor: Type.Optional(Type.String({ description: '`cursor` of the next page; absent on the last one.' })),
    },
    { additionalProperties: false, description: 'The matching accounts.' },
  ),
)
export type AccountPage = Static<typeof AccountPage>

/** Query of the list of accounts. */
export const ListAccountsQuery = named(
  'ListAccountsQuery',
  Type.Object(
    {
      limit: queryText('Accounts a page, 1 to 500; 100 where absent.', '100'),
      cursor: queryText('`next_cursor` of the page before.'),
      q: queryText('Part of the name or of the external id in any case, or the beginning of the account id.', 'acme'),
      name: queryText('Part of the name, in any case.', 'acme'),
      external_id: queryText('The whole external id.', 'cus_1042'),
      usage_tier: queryText('Name of a usage tier.', 'premier'),
      state: queryText('`active` or `suspended`.', 'active'),
    },
    { description: 'Narrows the list.' },
  ),
)
export type ListAccountsQuery = Static<typeof ListAccountsQuery>

/** Path parameters of a call about one account. */
export const AccountParams = named(
  'AccountParams',
  Type.Object(
    { account: Type.String({ description: "The account's id.", examples: ['3f0b6f0e-3b0c-4b53-9f62-0f3f4f0c7a11'] }) },
    { description: 'Names one account.' },
  ),
)
export type AccountParams = Static<typeof AccountParams>
