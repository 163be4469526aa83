import { type Static, type TSchema, Type } from 'typebox'
import { type NamedSchema, refTo } from './schema.ts'

/** A value or `null`, as one JSON type, so that a wrong type is refused once. The field may be absent. */
export function optionalNullable<Schema extends TSchema>(schema: Schema, whatNullMeans: string) {
  const { type, description } = schema as TSchema & { readonly type?: string; readonly description?: string }
  return Type.Optional(
    Type.Unsafe<Static<Schema> | null>({
      ...schema,
      type: [type, 'null'],
      description: `${description} ${whatNullMeans}`,
    }),
  )
}

/** A named schema's value or `null`. */
export function nullable<Schema extends TSchema>(schema: NamedSchema<Schema>, description: string) {
  return Type.Unsafe<Static<Schema> | null>({ anyOf: [refTo(schema), { type: 'null' }], description })
}

/** Texts by name. */
export function textsByName(description: string, example: Readonly<Record<string, string>>) {
  return Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    description,
    examples: [example],
  })
}
