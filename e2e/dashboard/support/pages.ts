import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/** Where screenshots go; nothing there is kept. */
const FOLDER = fileURLToPath(new URL('../../../.test-output/dashboard/', import.meta.url))

/** The two sizes that every page is looked at in. */
export const SIZES = {
  desktop: { viewport: { width: 1280, height: 860 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 1 },
} as const

/** The two themes. */
export const THEMES = ['light', 'dark'] as const

/** Waits until a page has loaded what it shows. */
export async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
  await page.evaluate(() => document.fonts.ready)
}

/** Writes a screenshot of a page as it is, where the environment asks for it. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (!process.env.COUNTERSIGN_SCREENSHOTS) return
  mkdirSync(FOLDER, { recursive: true })
  await page.screenshot({ path: `${FOLDER}${name}.png` })
}
