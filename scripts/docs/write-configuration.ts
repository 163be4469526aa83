import { readFile, writeFile } from 'node:fs/promises'
import { withSettingTables } from './configuration-page.ts'
import { configurationSchema } from './configuration-schema.ts'

const page = new URL('../../docs/configuration.md', import.meta.url)
await writeFile(page, withSettingTables(await readFile(page, 'utf8')))
await writeFile(new URL('../../packages/server/configuration.schema.json', import.meta.url), configurationSchema())
