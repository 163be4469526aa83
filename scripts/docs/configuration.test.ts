import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withSettingTables } from './configuration-page.ts'
import { configurationSchema } from './configuration-schema.ts'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

test('docs/configuration.md lists the settings that the code has: npm run docs:configuration', async () => {
  const page = await read('docs/configuration.md')
  expect(page).toBe(withSettingTables(page))
})

test('the JSON Schema for editors is what the code has: npm run docs:configuration', async () => {
  expect(await read('packages/server/configuration.schema.json')).toBe(configurationSchema())
})
