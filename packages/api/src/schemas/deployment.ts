import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** The deployment that answers, and its time. */
export const Deployment = named(
  'Deployment',
  Type.Object(
    {
      deployment_id: Type.String({
        description: 'Names this deployment in every statement that is signed for it.',
        examples: ['3f0b6f0e-3b0c-4b53-9f62-0f3f4f0c7a11'],
      }),
      time: Type.Integer({
        description: "The server's clock, Unix milliseconds, as in the timestamp header.",
        examples: [1703123456789],
      }),
    },
    { additionalProperties: false, description: 'The deployment and its clock.' },
  ),
)
export type Deployment = Static<typeof Deployment>
