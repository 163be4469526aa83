import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { RECIPES, withFiles, withSegments } from './recipes.ts'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

test.each(RECIPES)('examples/%s leads the calls of the API to Countersign: npm run docs:recipes', async (recipe) => {
  const text = await read(`examples/${recipe}`)
  expect(text).toBe(withSegments(text))
})

test('docs/integrating.md shows the recipes as they are: npm run docs:recipes', async () => {
  const page = await read('docs/integrating.md')
  expect(page).toBe(await withFiles(withSegments(page), read))
})

test('a list that lacks a segment gets it, and names nothing else', () => {
  const before = 'location ~ ^/trade-api/v2/(?:api_keys|other)(?:/|$) {'
  expect(withSegments(before)).toMatch(
    /^location ~ \^\/trade-api\/v2\/\(\?:[a-z_|]*\bwhoami\b[a-z_|]*\)\(\?:\/\|\$\) \{$/,
  )
  expect(withSegments(before)).not.toContain('other')
})

test('a recipe without a list is a fault', () => {
  expect(() => withSegments('location / {')).toThrow('no list such as /trade-api/v2/(api_keys|account)')
})

test('a block that shows a file gets its text, and other blocks stay', async () => {
  const page = '<!-- file: a.txt -->\n```\nold\n```\n<!-- from: a.txt -->\n```\nold\n```\n'
  const shown = await withFiles(page, async (path) => `$& of ${path}\n`)
  expect(shown).toBe('<!-- file: a.txt -->\n```\n$& of a.txt\n```\n<!-- from: a.txt -->\n```\nold\n```\n')
})
