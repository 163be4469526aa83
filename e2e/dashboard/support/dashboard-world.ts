import { linkOnDatabase, type Settings } from '@countersign/server'
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core'
import { buildDashboard } from '../../../packages/dashboard/build-dashboard.ts'
import { launchBrowser } from '../../support/browser.ts'
import type { Dialect } from '../../support/running-server.ts'
import { startWorld, type World } from '../../support/world.ts'

/** A running server that serves the dashboard, and a real browser in front of it. */
export interface DashboardWorld extends World {
  readonly browser: Browser
  /** A sign-in link for a customer by the account's name, or for operators. */
  link(forWhom: { readonly account: string; readonly isReadOnly?: boolean } | 'operator'): Promise<string>
  /** A browser that nobody has used yet. */
  open(options?: BrowserContextOptions): Promise<OpenedBrowser>
  /** What browsers complained of so far: reports of the content security policy, faults of scripts, other hosts asked. */
  readonly complaints: readonly string[]
}

/** A page of a browser of its own, and what it sent. */
export interface OpenedBrowser {
  readonly context: BrowserContext
  readonly page: Page
  readonly requests: readonly Request[]
  close(): Promise<void>
}

/** What a test may want otherwise than the defaults. */
export interface DashboardWorldOptions {
  readonly settings?: Partial<Settings>
  /** The server's clock, Unix milliseconds. */
  readonly now?: () => number
  /** One that other worlds use too; it is theirs to close. */
  readonly browser?: Browser
}

/** Builds the dashboard where its sources changed, and starts a server and a browser. */
export async function startDashboardWorld(
  dialect: Dialect,
  options: DashboardWorldOptions = {},
): Promise<DashboardWorld> {
  const { settings, now } = options
  await buildDashboard(() => undefined)
  const world = await startWorld(dialect, { ...(settings && { settings }), ...(now && { now }) })
  const browser = options.browser ?? (await launchBrowser())
  const complaints: string[] = []
  const { host, origin, hostname, port } = new URL(world.server.url)

  return {
    ...world,
    browser,
    complaints,
    link: async (forWhom) => {
      const { url } = await linkOnDatabase(
        { databaseUrl: world.server.databaseUrl, defaultTier: 'prestige', host: hostname, port: Number(port) },
        forWhom === 'operator'
          ? { isOperator: true }
          : { accountName: forWhom.account, ...(forWhom.isReadOnly && { isReadOnly: true }) },
      )
      return url
    },
    async open(contextOptions) {
      const context = await browser.newContext({
        baseURL: origin,
        acceptDownloads: true,
        reducedMotion: 'reduce',
        ...contextOptions,
      })
      const requests: Request[] = []
      context.on('request', (request) => {
        requests.push(request)
        const { protocol, host: asked } = new URL(request.url())
        if (protocol.startsWith('http') && asked !== host) complaints.push(`asked ${asked}`)
      })
      context.on('console', (message) => {
        if (/content security policy|trusted type|trustedhtml|trustedscript/i.test(message.text()))
          complaints.push(message.text())
      })
      context.on('weberror', (error) => complaints.push(error.error().message))
      // Reports come as events too, also for what is only reported.
      await context.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`)
        })
      })
      const page = await context.newPage()
      return { context, page, requests, close: () => context.close() }
    },
    async close() {
      if (!options.browser) await browser.close()
      await world.close()
    },
  }
}

/** Signs a page in by a link, and waits for its first page. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Sign in this browser' }).click()
  await page.waitForURL(/\/dashboard\/(keys|accounts)$/)
  await page.locator('#page-title').waitFor()
}
