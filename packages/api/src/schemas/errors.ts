import { type Static, Type } from 'typebox'
import { named, refTo } from './schema.ts'

/** A refusal in its usual form: nested under `error` (docs/wire.md section 3). */
export const ErrorResponse = named(
  'ErrorResponse',
  Type.Object(
    {
      error: Type.Object(
        {
          code: Type.String({ description: 'Stable code to switch on.', examples: ['not_found'] }),
          message: Type.String({ description: 'What happened, for people.', examples: ['not found'] }),
          details: Type.Optional(
            Type.String({
              description: 'What tells this refusal from others of its code: a cause, or a field and its rule.',
              examples: ['name: must have 1 to 128 characters'],
            }),
          ),
          request_id: Type.Optional(
            Type.String({ description: "Finds this request in the server's log; on a fault of the server." }),
          ),
        },
        { additionalProperties: false, description: 'The refusal.' },
      ),
      diagnosis: Type.Optional(
        Type.Object(
          {
            cause: Type.String({ description: 'Stable name of the mistake.', examples: ['query_signed'] }),
            hint: Type.String({ description: 'What to do about it.' }),
          },
          { additionalProperties: false, description: 'Why a signature failed, on a 401, if it may be disclosed.' },
        ),
      ),
    },
    { additionalProperties: false, description: 'A refusal.' },
  ),
)
export type ErrorResponse = Static<typeof ErrorResponse>

/** A refusal of a request whose content type or JSON form is wrong: flat. */
export const FlatErrorResponse = named(
  'FlatErrorResponse',
  Type.Object(
    {
      code: Type.String({
        description: '`invalid_content_type`: not sent as JSON. `bad_request`: not JSON, or a field of the wrong type.',
        examples: ['bad_request'],
      }),
      message: Type.String({ description: 'What happened, for people.', examples: ['bad request'] }),
      details: Type.Optional(
        Type.String({ description: 'The field and the type that it needs.', examples: ['name: must be string'] }),
      ),
    },
    {
      additionalProperties: false,
      description: 'A refusal of a body that could not be read.',
    },
  ),
)
export type FlatErrorResponse = Static<typeof FlatErrorResponse>

/** The answer to a caller whose token bucket is empty. `Retry-After` says in how many seconds to try again. */
export const TooManyRequestsResponse = named(
  'TooManyRequestsResponse',
  Type.Object(
    { error: Type.String({ description: 'What happened, for people.', examples: ['too many requests'] }) },
    {
      additionalProperties: false,
      description: 'The token bucket is empty. `Retry-After` gives the seconds to wait.',
    },
  ),
)
export type TooManyRequestsResponse = Static<typeof TooManyRequestsResponse>

/** Either form of a 400. */
export const BadRequestResponse = named(
  'BadRequestResponse',
  Type.Union([refTo(ErrorResponse), refTo(FlatErrorResponse)], {
    description: 'A body that could not be read (flat), or a value that was refused (nested).',
  }),
)
export type BadRequestResponse = Static<typeof BadRequestResponse>

/** Either form of a 429. */
export const LimitedResponse = named(
  'LimitedResponse',
  Type.Union([refTo(TooManyRequestsResponse), refTo(ErrorResponse)], {
    description: 'A token bucket is empty, or too many verifications failed. `Retry-After` gives the seconds to wait.',
  }),
)
export type LimitedResponse = Static<typeof LimitedResponse>
