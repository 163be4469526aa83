import { constants, generateKeyPairSync, sign } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browserPath, launchBrowser, requireBrowser } from '../support/browser.ts'
import { bundleForBrowser } from '../support/bundle-for-browser.ts'

/** What the page of this test has beside a browser's own: the doctor, as browsers load it. */
declare const countersign: typeof import('@countersign/doctor')

const PAGE = 'https://doctor.test/'
let browser: Browser | undefined
let bundle: string

beforeAll(async () => {
  bundle = await bundleForBrowser('@countersign/doctor')
  browser = browserPath() === undefined ? undefined : await launchBrowser()
})
afterAll(() => browser?.close())

test('in Chromium the doctor reads a pasted request and a pasted key, and names the mistake', async (context) => {
  requireBrowser(context)
  if (!browser) throw new Error('Chromium did not start')
  const page = await browser.newPage()
  const html = '<!doctype html><script type="module">import * as it from "/doctor.js"; window.countersign = it</script>'
  await page.route(PAGE, (route) => route.fulfill({ contentType: 'text/html', body: html }))
  await page.route(`${PAGE}doctor.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: bundle }))
  await page.goto(PAGE)
  await page.waitForFunction(() => 'countersign' in window)

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ format: 'pem', type: 'pkcs1' }).toString().replaceAll('\n', '\\n')
  const text = '1703123456789GET/trade-api/v2/orders?status=open'
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const signatures = [
    sign('sha256', Buffer.from(text), { key: privateKey, padding, saltLength: 32 }),
    sign('sha256', Buffer.from(text), privateKey),
    sign('sha256', Buffer.from('unlisted'), privateKey),
  ]
  const said = await page.evaluate(
    async ({ pem, signatures }) => {
      const { publicKey, problems } = await countersign.inspectPem(pem, 'sign')
      const causes: string[][] = []
      for (const signature of signatures) {
        const parsed = countersign.parseInput(`curl 'https://api.example.com/trade-api/v2/orders?status=open' \\
          -H 'KALSHI-ACCESS-KEY: 8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10' \\
          -H 'KALSHI-ACCESS-TIMESTAMP: 1703123456789' -H 'KALSHI-ACCESS-SIGNATURE: ${signature}'`)
        if ('problem' in parsed || !publicKey) throw new Error('not read')
        const diagnosis = await countersign.diagnose(parsed.request, { keys: [{ key: publicKey }] })
        causes.push(
          diagnosis.verdict === 'mistake' ? diagnosis.findings.map(({ cause }) => cause) : [diagnosis.verdict],
        )
      }
      return { problems: problems.map(({ code }) => code), causes }
    },
    { pem, signatures: signatures.map((signature) => signature.toString('base64')) },
  )
  expect(said).toEqual({
    problems: ['literal_newlines'],
    causes: [['query_signed'], ['pkcs1_padding', 'query_signed'], ['unknown']],
  })
})
