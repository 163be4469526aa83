import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkConfig } from './check-config.ts'
import { loadYaml } from './load-yaml.ts'
import { pathText } from './readers.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const document = await readFile(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')

/** First and second cells of the tables of a part of the document. */
function rowsOf(part: string): [key: string, byDefault: string][] {
  return [...part.matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)].map(([, key = '', byDefault = '']) => [key, byDefault.trim()])
}

function problemsOf(raw: unknown): string[] {
  const problems: string[] = []
  checkConfig(raw, (path, problem) => problems.push(`${pathText(path)}: ${problem}`))
  return problems
}

/** The keys that an object with an unknown one is told of. */
function knownKeys(raw: unknown): string[] {
  const [, all = ''] = /; all: (.*)$/.exec(problemsOf(raw)[0] ?? '') ?? []
  return all.split(', ')
}

const [keys = '', rules = ''] = document.split('## Rules')

describe('docs/configuration.md', () => {
  it('has every key, and no other', () => {
    const sorted = (names: string[]) => names.toSorted()
    expect(sorted(rowsOf(keys).map(([key]) => key))).toEqual(sorted(knownKeys({ unknown: 1 })))
    expect(sorted(rowsOf(rules).map(([key]) => key))).toEqual(sorted(knownKeys({ rules: [{ unknown: 1 }] })))
  })

  it('says the defaults as they are', () => {
    const told = rowsOf(keys).filter(([, byDefault]) => /^`[^`:]+`$/.test(byDefault))
    expect(told.length).toBeGreaterThan(8)
    const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_SETTINGS }
    for (const [key, byDefault] of told) expect([key, byDefault]).toEqual([key, `\`${defaults[key]}\``])
  })

  it('has an example that is taken', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(document) ?? []
    const loaded = loadYaml(example)
    expect('value' in loaded && problemsOf(loaded.value)).toEqual([])
    expect(example).toContain('rules:')
  })
})
