import type { Static } from 'typebox'
// Types only: a browser that calls the API loads definitions and no schemas.
import type * as Schemas from './schemas/index.ts'
import type { NamedSchema } from './schemas/schema.ts'

type SchemaModule = typeof Schemas

/** The name of a schema of `schemas/`. */
export type SchemaName = {
  [Name in keyof SchemaModule]: SchemaModule[Name] extends NamedSchema ? Name : never
}[keyof SchemaModule]

/** The type that a schema describes. */
export type ValueOf<Name extends SchemaName> = SchemaModule[Name] extends NamedSchema
  ? Static<SchemaModule[Name]>
  : never

/** The answer of one status. */
export interface Answer {
  readonly description: string
  /** `null`: no body. */
  readonly schema: SchemaName | null
  /** The fields that a client needs. An answer without them is another server's, such as a proxy's, and is refused. */
  readonly fields?: Readonly<Record<string, FieldKind>>
}

/** The JSON type of a field. */
export type FieldKind = 'text' | 'number' | 'list' | 'object'

/**
 * One call of the HTTP API as it is defined in `calls/`. This is its only definition. It is plain data, without
 * schemas.
 */
export interface CallDefinition {
  /** The operation id: the name of the exported definition. */
  readonly id: string
  readonly summary: string
  readonly tag: 'API keys' | 'Account' | 'Operators' | 'Deployment' | 'Gate' | 'Sessions'
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** The prefix of the path: the configured base path (default), or nothing. */
  readonly under?: 'base-path' | 'root'
  /** Path parameters are written as in OpenAPI: `{api_key}`. */
  readonly path: string
  /**
   * The scope that the key needs. `any`: any valid signature. `public`: no signature. `admin` needs another scope too:
   * `read` for a GET, `write` for all else. `gate` is for gates that read keys from the server.
   */
  readonly scope: 'read' | 'write' | 'admin' | 'gate' | 'any' | 'public'
  /** The weakest signature profile that the call accepts; `http-message-signatures`, which signs query and body, by default. */
  readonly profile?: 'access-headers' | 'http-message-signatures'
  /** Whether a key that is bound to a sub-account may make the call; `refused` by default. */
  readonly subaccountKeys?: 'refused' | 'accepted'
  /** Whether the header Idempotency-Key makes the call safe to send again; false by default. */
  readonly repeatable?: boolean
  /** Whether the answer carries `Cache-Control: no-store`; false by default. */
  readonly noStore?: boolean
  readonly params?: SchemaName
  readonly query?: SchemaName
  readonly body?: SchemaName
  /** `usual` (default): the refusals of `usualRefusals` are answers too. `as-listed`: `answers` is complete. */
  readonly refusals?: 'usual' | 'as-listed'
  /**
   * The answer of each status: exactly one of 200, 201 and 204, and the refusals that only some calls have. Beside 200,
   * 202 has the same schema: the rest of the work goes on after the answer.
   */
  readonly answers: Readonly<Record<number, Answer>>
}

/** A definition with its defaults filled in. */
export type Call = Required<Omit<CallDefinition, 'params' | 'query' | 'body'>> &
  Pick<CallDefinition, 'params' | 'query' | 'body'>

/** A definition as written, with defaults for absent fields. */
export type CallOf<Given extends CallDefinition> = Given & Omit<Call, keyof Given>

/** Defines one call. */
// @__NO_SIDE_EFFECTS__
export function call<const Given extends CallDefinition>(given: Given): CallOf<Given> {
  return { ...DEFAULTS, ...given }
}

const DEFAULTS = {
  under: 'base-path',
  profile: 'http-message-signatures',
  subaccountKeys: 'refused',
  repeatable: false,
  noStore: false,
  refusals: 'usual',
} as const

/** The type of a call's path parameters, query or body; `undefined` if it has none. */
export type PartOf<C extends Call, Part extends 'params' | 'query' | 'body'> = C extends {
  readonly [P in Part]: infer Name extends SchemaName
}
  ? ValueOf<Name>
  : undefined

/** The type of a call's successful answer; `undefined` if it has no body. */
export type AnswerOf<C extends Call> = C extends Call ? SuccessOf<C['answers']> : never

type SuccessOf<Answers> = {
  [Status in keyof Answers]: Status extends SuccessStatus ? SchemaValue<Answers[Status]> : never
}[keyof Answers]

type SuccessStatus = 200 | 201 | 204

type SchemaValue<Given> = Given extends { readonly schema: infer Name extends SchemaName } ? ValueOf<Name> : undefined

/** The successful answer of a call. */
export function successOf({ id, answers }: Call): Answer & { readonly status: SuccessStatus } {
  for (const status of [200, 201, 204] as const) {
    const answer = answers[status]
    if (answer) return { status, ...answer }
  }
  throw new Error(`${id} has no answer for success`)
}
