import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkConfig } from './check-config.ts'
import { loadJson } from './load-json.ts'
import { loadYaml } from './load-yaml.ts'
import { pathText } from './path-text.ts'

const document = await readFile(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')
const examples = [...document.matchAll(/```(yaml|json)\n(.*?)```/gs)].map(([, kind = '', text = '']) => ({
  kind,
  text,
}))

describe('docs/configuration.md', () => {
  it('has examples in both languages, and one with rules', () => {
    expect(examples.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['yaml', 'json']))
    expect(examples[0]?.text).toContain('rules:')
  })

  it.each(examples)('has an example that is accepted: $kind $text', ({ kind, text }) => {
    const loaded = kind === 'json' ? loadJson(text) : loadYaml(text)
    if ('problem' in loaded) throw new Error(loaded.problem)
    const problems: string[] = []
    checkConfig(loaded.value, (path, problem) => problems.push(`${pathText(path)}: ${problem}`))
    expect(problems).toEqual([])
  })
})
