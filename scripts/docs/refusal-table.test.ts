import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withRefusalTable } from './refusal-table.ts'

test('docs/wire.md lists the refusals that the code has: npm run docs:refusals', async () => {
  const page = await readFile(new URL('../../docs/wire.md', import.meta.url), 'utf8')
  expect(page).toBe(withRefusalTable(page))
})

test('a page without a place for the table is a fault', () => {
  expect(() => withRefusalTable('no marks')).toThrow('docs/wire.md needs')
})
