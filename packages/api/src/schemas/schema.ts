import { type Static, type TSchema, Type } from 'typebox'

/** A schema with a name of its own: `$id` where schemas refer to it, `title` where OpenAPI shows it. */
export type NamedSchema<Schema extends TSchema = TSchema> = Schema & { readonly $id: string; readonly title: string }

/** The schema with a name. */
export function named<Schema extends TSchema>(name: string, schema: Schema): NamedSchema<Schema> {
  return Object.assign(schema, { $id: name, title: name })
}

/** A reference to a named schema, resolved by whoever holds `SCHEMAS`; its type is the schema's. */
export function refTo<Schema extends TSchema>(schema: NamedSchema<Schema>) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` })
}

/** An optional text in a query. */
export function queryText(description: string, ...examples: string[]) {
  return Type.Optional(Type.String(examples.length > 0 ? { description, examples } : { description }))
}
