import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { browserPath, requireBrowser } from '../support/browser.ts'
import { axeViolations } from './support/axe.ts'
import { type DashboardWorld, startDashboardWorld } from './support/dashboard-world.ts'
import { SIZES, settle, shoot, THEMES } from './support/pages.ts'
import { seedKeys } from './support/seed.ts'

let world: DashboardWorld
let pricingBot: string
let accountId: string

beforeAll(async () => {
  if (browserPath() === undefined) return
  world = await startDashboardWorld('sqlite', {
    settings: {
      rules: [
        { match: 'GET /exchange/status', public: true },
        { match: '* /**', scope: 'read', cost: 20 },
      ],
    },
  })
  accountId = world.alice.accountId
  const seeded = await seedKeys(world.database, accountId, Date.now())
  pricingBot = seeded.pricingBot
})
afterAll(() => world?.close())
beforeEach(requireBrowser)

/** Every page of a kind of visitor, by the name of its screenshot. */
const HOLDER = () => ({
  keys: '/keys',
  'keys-no-match': '/keys?q=nothing-is-called-so',
  'new-key': '/keys/new',
  key: `/keys/${pricingBot}`,
  'key-rotation': `/keys/${pricingBot}/rotation`,
  'key-settings': `/keys/${pricingBot}/settings`,
  'key-audit': `/keys/${pricingBot}/audit`,
  usage: '/usage',
  doctor: '/doctor',
  audit: '/audit',
  browsers: '/browsers',
  'not-found': '/nowhere',
})
const OPERATOR = () => ({
  accounts: '/accounts',
  account: `/accounts/${accountId}`,
  'account-settings': `/accounts/${accountId}/settings`,
  'operator-keys': '/keys',
  'operator-key': `/keys/${pricingBot}`,
  'operator-usage': '/usage',
  rules: '/rules',
  'operator-audit': '/audit',
})

/** What is made of other elements on a phone; all else is the same elements in other places. */
const OTHER_ON_A_PHONE = ['keys', 'operator-keys', 'accounts', 'menu']

/** What lies over a page: what is behind it is dimmed, and nobody's to read. */
const OVER_THE_PAGE: Readonly<Record<string, string>> = {
  menu: '[role=menu]',
  'go-to': '[role=dialog]',
  'key-revoke': '[role=dialog]',
}

/** What a key holder sees after a click, by the name of its screenshot; each leads to where the next one starts. */
const MOMENTS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'doctor-told': async (page) => {
    await page.goto('/dashboard/doctor')
    await page.getByRole('button', { name: 'curl: query string signed' }).click()
    await page.getByRole('heading', { name: 'The query string was signed' }).waitFor()
  },
  menu: async (page) => {
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('menuitem', { name: 'Signed-in browsers' }).waitFor()
  },
  'go-to': async (page) => {
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Go to/ }).click()
    await page.getByRole('combobox').fill('bot')
    await page
      .getByRole('option', { name: /pricing-bot/ })
      .first()
      .waitFor()
  },
  'key-revoke': async (page) => {
    await page.goto(`/dashboard/keys/${pricingBot}/settings`)
    await page.getByRole('button', { name: 'Revoke key' }).click()
    await page.getByRole('dialog').waitFor()
  },
  'one-time': async (page) => {
    await page.goto('/dashboard/keys/new')
    await page.getByLabel('Name').fill('pricing-bot')
    await page.getByRole('radio', { name: 'Ed25519' }).check()
    await page.getByRole('button', { name: 'Make key' }).click()
    await page.getByRole('button', { name: /^Save / }).waitFor()
  },
}

describe.each(['desktop', 'phone'] as const)('on a %s', (size) => {
  test.each([
    ['a key holder', HOLDER, () => world.link({ account: 'Alice' })],
    ['an operator', OPERATOR, () => world.link('operator')],
  ] as const)('every page of %s has no fault that axe-core finds, in both themes', async (who, pages, link) => {
    const { page, close } = await world.open(SIZES[size])
    const url = await link()
    await page.goto(url)
    await page.getByRole('button', { name: 'Sign in this browser' }).waitFor()
    const faults = [...(await look(page, size, who === 'an operator' ? 'enter-operator' : 'enter'))]
    await page.getByRole('button', { name: 'Sign in this browser' }).click()
    await page.locator('#page-title').waitFor()
    for (const [name, address] of Object.entries<string>(pages())) {
      await page.goto(`/dashboard${address}`)
      await page.locator('h1').first().waitFor()
      faults.push(...(await look(page, size, name)))
    }
    if (who === 'a key holder') {
      for (const [name, show] of Object.entries(MOMENTS)) {
        await show(page)
        faults.push(...(await look(page, size, name)))
      }
    }
    await close()
    expect(faults).toEqual([])
    expect(world.complaints).toEqual([])
  })
})

async function look(page: Page, size: string, name: string): Promise<string[]> {
  await settle(page)
  const faults: string[] = []
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme })
    await shoot(page, `${name}-${size}-${theme}`)
    if (size === 'desktop' || (theme === 'light' && OTHER_ON_A_PHONE.includes(name))) {
      // Another theme is the same page in other colours.
      const rules = theme === 'light' ? undefined : ['color-contrast']
      const found = await axeViolations(page, rules, OVER_THE_PAGE[name])
      faults.push(...found.map((fault) => `${name} ${theme}: ${fault}`))
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) faults.push(`${name} ${theme}: ${wide} px wider than the screen`)
  }
  return faults
}
