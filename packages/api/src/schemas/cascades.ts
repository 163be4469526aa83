import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** The progress of a revocation with `cascade`. */
export const Cascade = named(
  'Cascade',
  Type.Object(
    {
      api_key_id: Type.String({ description: 'The key whose revocation began it. It is refused since `started_at`.' }),
      state: Type.Union([Type.Literal('running'), Type.Literal('finished')], {
        description: '`finished`: every key that the key made, directly or not, is revoked.',
      }),
      reason: Type.String({ description: 'Why.', examples: ['key_compromise'] }),
      note: Type.Optional(Type.String({ description: 'What was added to the reason.' })),
      revoked: Type.Integer({ description: 'Keys that it has revoked so far, the first one included.' }),
      passed: Type.Integer({
        description:
          'Keys that it is done with: those that it revoked, those that were revoked or deleted before, and those of other accounts.',
      }),
      total: Type.Optional(
        Type.Integer({ description: 'What `passed` will be at the end; absent until the keys are counted.' }),
      ),
      started_at: Type.Integer({ description: 'Unix milliseconds.' }),
      finished_at: Type.Optional(Type.Integer({ description: 'Unix milliseconds; absent while it runs.' })),
    },
    { additionalProperties: false, description: 'How far a revocation with `cascade` is.' },
  ),
)
export type Cascade = Static<typeof Cascade>
