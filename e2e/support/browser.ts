import { spawnSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'
import type { TestContext } from 'vitest'
import { requireTool } from './require-tool.ts'

const PROGRAM = 'chromium'

/** What a browser does by itself is none of a test's; and it finds no host but this machine. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

/** Ends the test here where there is no Chromium, as `requireTool` does. */
export function requireBrowser(context: TestContext): void {
  requireTool(context, PROGRAM, PROGRAM)
}

/**
 * Starts the system's Chromium without a window. One is enough for a file: start it in `beforeAll` where `browserPath()`
 * finds it, close it in `afterAll`, and give each test a `browser.newContext()` of its own.
 */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath() ?? PROGRAM, chromiumSandbox: false, args: QUIET })
}

/** Where the system has Chromium, `undefined` where it has none. */
export function browserPath(): string | undefined {
  return spawnSync('sh', ['-c', `command -v ${PROGRAM}`], { encoding: 'utf8' }).stdout.trim() || undefined
}
