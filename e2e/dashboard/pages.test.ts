import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { browserPath, requireBrowser } from '../support/browser.ts'
import { axeViolations } from './support/axe.ts'
import { type DashboardWorld, signIn, startDashboardWorld } from './support/dashboard-world.ts'
import { SIZES, settle, shoot, THEMES } from './support/pages.ts'
import { seedKeys } from './support/seed.ts'

let world: DashboardWorld
let pricingBot: string
let accountId: string

beforeAll(async () => {
  if (browserPath() === undefined) return
  world = await startDashboardWorld('sqlite')
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
    faults.push(...(await axeViolations(page)).map((fault) => `${name} ${theme}: ${fault}`))
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) faults.push(`${name} ${theme}: ${wide} px wider than the screen`)
  }
  return faults
}
void signIn
