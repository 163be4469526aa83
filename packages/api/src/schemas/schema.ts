import { type Static, type TSchema, Type } from 'typebox'

/** A named schema: `$id` for references from schemas, `title` for OpenAPI. */
export type NamedSchema<Schema extends TSchema = TSchema> = Schema & { readonly $id: string; readonly title: string }

/** The schema with a name. */
export function named<Schema extends TSchema>(name: string, schema: Schema): NamedSchema<Schema> {
  return Object.assign(schema, { $id: name, title: name })
}

/** A reference to a named schema. Code that has `SCHEMAS` resolves it. Its type is the schema's. */
export function refTo<Schema extends TSchema>(schema: NamedSchema<Schema>) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` })
}

/** An optional text in a query. */
export function queryText(description: string, ...examples: string[]) {
  return Type.Optional(Type.String(examples.length > 0 ? { description, examples } : { description }))
}
