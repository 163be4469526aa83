import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const git = (...command: string[]) => execFileSync('git', command, { cwd: ROOT, encoding: 'utf8' }).split('\n')
const tracked = new Set(git('ls-files'))
const TEXT = /\.(?:md|tsx?|js|sh)$|\/run$/

/** Names of Markdown files as a sentence or a comment has them; what is code in a test of names is not meant. */
const CITED = /(?<![\w/.-])((?:\.{1,2}\/)*(?:[\w-]+\/)*[\w-]+\.md)\b/g

test('every document that is cited is in the repository', () => {
  const missing = [...tracked]
    .filter((file) => TEXT.test(file) && !/\.test\.ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(`${ROOT}/${file}`, 'utf8')
      return [...text.matchAll(CITED)]
        .map(([, name = '']) => name)
        .filter(
          (name) =>
            ![name, posix.join(posix.dirname(file), name), posix.join('docs', name)].some((it) => tracked.has(it)),
        )
        .map((name) => `${file}: ${name}`)
    })
  expect(missing).toEqual([])
})

test('every section of docs/wire.md that is cited is there', () => {
  const wire = readFileSync(`${ROOT}/docs/wire.md`, 'utf8')
  const cited = git('grep', '-hoE', 'docs/wire\\.md section [0-9]').map((line) => line.at(-1))
  for (const section of new Set(cited.filter(Boolean))) expect(wire).toContain(`\n## ${section}. `)
})
