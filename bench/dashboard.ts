/**
 * The list of 10,000 keys in Chromium over the real server: time from navigation to the first row, and how long rows
 * that are not loaded yet show their skeleton while somebody scrolls to the end. Prints figures; asserts nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, DEFAULT_SETTINGS, linkOnDatabase, startServer } from '@countersign/server'
import type { Page } from 'playwright-core'
import { seedManyKeys } from '../e2e/dashboard/support/seed.ts'
import { launchBrowser } from '../e2e/support/browser.ts'
import { givenCustomer } from '../e2e/support/given-key.ts'
import { buildDashboard } from '../packages/dashboard/build-dashboard.ts'
import { openDatabase } from '../packages/server/src/storage/database.ts'

const KEYS = 10_000
const ROUNDS = 5
const SCROLL_MS = 8_000

await buildDashboard()
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const databaseUrl = `sqlite:${join(folder, 'countersign.db')}`
const settings = { ...DEFAULT_SETTINGS, port: 0, authorizePort: 0, plane: 'control' as const, databaseUrl }
const server = await startServer(settings, createLogger('silent'))
const database = await openDatabase(databaseUrl)
const accountId = await givenCustomer(database, 'Alice')
await seedManyKeys(database, accountId, KEYS, Date.now())
const { hostname, port } = new URL(server.url)
const { url } = await linkOnDatabase({ ...settings, host: hostname, port: Number(port) }, { accountName: 'Alice' })
const browser = await launchBrowser()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  await page.goto(url)
  await page.getByRole('button', { name: 'Sign in this browser' }).click()
  await page.locator('[data-row-link]').first().waitFor()

  const firstRows: number[] = []
  for (let round = 0; round < ROUNDS; round++) firstRows.push(await timeToFirstRow(page, server.url))
  print('from navigation to the first row', firstRows)
  print('the longest that a row in sight showed its skeleton, scrolling at once from top to end in 8 s', [
    await longestSkeleton(page, server.url),
  ])
} finally {
  await browser.close()
  await database.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}

function print(what: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b).map(Math.round)
  console.log(`${what}: ${sorted.join(', ')} ms (median ${sorted[Math.floor(sorted.length / 2)]} ms)`)
}

/** Milliseconds on the page's own clock, which starts with the navigation. */
async function timeToFirstRow(page: Page, origin: string): Promise<number> {
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector('[data-row-link]')) Object.assign(window, { firstRowAt: performance.now() })
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await page.goto(`${origin}/dashboard/keys`)
  const found = await page.waitForFunction(() => (window as { firstRowAt?: number }).firstRowAt)
  return Number(await found.jsonValue())
}

async function longestSkeleton(page: Page, origin: string): Promise<number> {
  await page.goto(`${origin}/dashboard/keys`)
  await page.locator('[data-row-link]').first().waitFor()
  return page.evaluate(async (scrollMs) => {
    const since = new Map<string, number>()
    const startedAt = performance.now()
    let longest = 0
    while (performance.now() - startedAt < scrollMs + 1000) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
      const part = Math.min(1, (now - startedAt) / scrollMs)
      scrollTo(0, part * (document.documentElement.scrollHeight - innerHeight))
      const inSight = new Set<string>()
      for (const row of document.querySelectorAll('[data-skeleton]')) {
        const { top, bottom } = row.getBoundingClientRect()
        if (bottom > 0 && top < innerHeight) inSight.add(row.getAttribute('aria-rowindex') ?? '')
      }
      for (const row of since.keys()) if (!inSight.has(row)) since.delete(row)
      for (const row of inSight) {
        if (!since.has(row)) since.set(row, now)
        longest = Math.max(longest, now - (since.get(row) ?? now))
      }
    }
    return longest
  }, SCROLL_MS)
}
