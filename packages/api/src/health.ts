import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** The process is up (`/healthz`), or can also do its work (`/readyz`). */
export const Health = named(
  'Health',
  Type.Object(
    { status: Type.Literal('ok', { description: 'Always `ok`; a server that is not answers with an error.' }) },
    { additionalProperties: false, description: 'The server is well.' },
  ),
)
export type Health = Static<typeof Health>
