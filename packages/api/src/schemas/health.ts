import { type Static, Type } from 'typebox'
import { named } from './schema.ts'

/** The process is up (`/healthz`), or can also do its work (`/readyz`). */
export const Health = named(
  'Health',
  Type.Object(
    {
      status: Type.Literal('ok', { description: 'Always `ok`; otherwise the server answers with an error.' }),
      threads: Type.Array(
        Type.Object(
          {
            name: Type.String({ description: '`main`, or `data-1`, `data-2`, … for the threads of the data plane.' }),
            state: Type.Union(
              [Type.Literal('up'), Type.Literal('starting'), Type.Literal('stalled'), Type.Literal('down')],
              { description: 'A stalled thread has stood still for 2 s.' },
            ),
          },
          { additionalProperties: false, description: 'A thread and its state.' },
        ),
        { description: 'The threads of the answering process.' },
      ),
    },
    { additionalProperties: false, description: 'The server works.' },
  ),
)
export type Health = Static<typeof Health>
