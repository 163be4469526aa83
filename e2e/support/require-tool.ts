import { spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'

/** Ends the test here where a program is missing: it fails under CI and is skipped elsewhere, saying what to install. */
export function requireTool(context: TestContext, name: string, packageName: string): void {
  if (spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0) return
  const note = `${name} is not installed: install the package ${packageName}`
  if (process.env.CI === 'true') throw new Error(note)
  context.skip(note)
}
