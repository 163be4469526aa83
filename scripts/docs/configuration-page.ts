import { IsEnum, IsObject, type TProperties, type TSchema } from 'typebox'
import { ConfigSchema } from '../../packages/server/src/config/config-schema.ts'
import { allowed } from '../../packages/server/src/config/read-value.ts'
import { RuleSchema } from '../../packages/server/src/config/rule-schema.ts'
import type { Notes } from '../../packages/server/src/config/schema-parts.ts'
import { withGenerated } from './with-generated.ts'

/** docs/configuration.md with its tables as the schema has them. @throws Error if the page has no place for them. */
export function withSettingTables(page: string): string {
  const { $schema, ...settings } = ConfigSchema.properties
  const place = (name: string) => ({ file: 'docs/configuration.md', name, script: 'docs:configuration' })
  return withGenerated(
    withGenerated(page, place('settings'), table(settings)),
    place('rules'),
    table(RuleSchema.properties),
  )
}

function table(properties: TProperties): string {
  return ['| key | default | allowed | |', '|---|---|---|---|', ...rows(properties, '')].join('\n')
}

function rows(properties: TProperties, prefix: string): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = prefix + key
    if (IsObject(schema)) return rows(schema.properties, `${name}.`)
    const { description, see, byDefault = literal(schema) } = schema as TSchema & Notes
    const more = see === undefined ? '' : ` See [${see.replace(/\.md.*|^#/, '')}](${see}).`
    return `| \`${name}\` | ${byDefault} | ${allowedCell(schema)} | ${description}${more} |`
  })
}

function literal(schema: TSchema): string {
  if (!('default' in schema)) return ''
  return [schema.default]
    .flat()
    .map((value) => `\`${value === '' ? '""' : value}\``)
    .join(', ')
}

function allowedCell(schema: TSchema): string {
  if (IsEnum(schema)) return schema.enum.map((value) => `\`${value}\``).join(', ')
  return allowed(schema).replace(/[*|]/g, '\\$&')
}
