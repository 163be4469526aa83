import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const BIN = fileURLToPath(new URL('../bin/countersign.js', import.meta.url))

function start(flags: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [...flags, BIN, '--version'], (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

test('the program starts', async () => {
  expect(await start([])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test('a Node that cannot strip types is told what to do', async () => {
  const { code, stdout, stderr } = await start(['--no-strip-types'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('fix  run it as npx countersign inside the repository, or install Node 26')
})
