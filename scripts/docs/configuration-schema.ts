import { ConfigSchema } from '../../packages/server/src/config/config-schema.ts'

/** The JSON Schema of the configuration file, for editors. */
export function configurationSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Countersign: the configuration file',
    ...ConfigSchema,
  }
  return `${JSON.stringify(schema, forEditors, 2)}\n`
}

/** Without what only the page of the documentation needs, and without defaults that are too long for an editor. */
function forEditors(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { byDefault, see, ...schema } = value as Readonly<Record<string, unknown>>
  return byDefault === undefined ? schema : { ...schema, default: undefined }
}
