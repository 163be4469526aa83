import { readFile } from 'node:fs/promises'
import { CAUSES, type CauseCode, causeDocs, PEM_PROBLEMS } from '@countersign/doctor'
import { describe, expect, test } from 'vitest'
import { whyRefused } from './why-refused.ts'

test('docs/why-refused.md is what the tables say: npm run docs:why-refused', async () => {
  expect(await readFile(new URL('../../docs/why-refused.md', import.meta.url), 'utf8')).toBe(whyRefused())
})

test('every cause has its section, and every hint leads there', () => {
  for (const code of Object.keys(CAUSES) as CauseCode[]) {
    expect(whyRefused()).toContain(`\n## ${code}\n`)
    expect(causeDocs(code)).toBe(`docs/why-refused.md#${code}`)
  }
})

describe('the words of the tables', () => {
  test.each(Object.entries({ ...CAUSES, ...PEM_PROBLEMS }))('%s', (code, { title, hint, about }) => {
    expect(code).toMatch(/^[a-z0-9_]+$/)
    expect(title).toMatch(/^[A-Z@].*[^.]$/)
    expect(hint).toMatch(/\.$|[0-9a-f]{12}|FILE$/)
    expect(about).toMatch(/[.]$/)
  })
})
