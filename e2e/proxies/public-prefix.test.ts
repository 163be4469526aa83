import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { linkOnDatabase } from '@countersign/server'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findFreePorts } from '../../examples/support/ports.ts'
import { runIn, testFolder } from '../../packages/cli/src/testing/test-io.ts'
import { buildDashboard } from '../../packages/dashboard/build-dashboard.ts'
import { signIn } from '../dashboard/support/dashboard-world.ts'
import { launchBrowser, requireBrowser } from '../support/browser.ts'
import { type GivenKey, givenCustomer, givenKey, givenOperator } from '../support/given-key.ts'
import { accessHeaders } from '../support/key-holder.ts'
import { messageSignature } from '../support/proxy/message-signature.ts'
import { useProxied } from '../support/proxy/proxied.ts'
import { send, type ToSend } from '../support/proxy/send.ts'

const ORDERS = '/trade-api/v2/orders'

const { public: outerPort } = await findFreePorts()

/** A proxy before the recipe's, mounted at /gw. It passes the target on as it came, without the prefix. */
function withOuterProxy(recipe: string): string {
  const [, inner = ''] = /listen 127\.0\.0\.1:(\d+);/.exec(recipe) ?? []
  return `${recipe}
server {
    listen 127.0.0.1:${outerPort};
    location /gw/ {
        if ($request_uri ~ "^/gw(/.*)$") { set $behind_prefix $1; }
        proxy_pass http://127.0.0.1:${inner}$behind_prefix;
        proxy_set_header Host $http_host;
    }
    location /dashboard {
        proxy_pass http://127.0.0.1:${inner};
        proxy_set_header Host $http_host;
    }
}
`
}

// Before the server starts, which reads the build.
beforeAll(() => buildDashboard(() => undefined), 120_000)

describe('an outer proxy that takes /gw off', () => {
  const proxied = useProxied('nginx', {
    edit: withOuterProxy,
    config: {
      publicPrefix: '/gw',
      rules: [{ match: 'GET /orders', scope: 'read' }],
      trustedProxies: ['127.0.0.1'],
    },
  })
  let alice: GivenKey | undefined

  beforeEach(async () => {
    const { database } = proxied()
    alice ??= await givenKey(database, await givenCustomer(database, 'Alice'), { name: 'first' })
  })

  const through = (request: ToSend) => send(outerPort, request)
  const signed = (target: string) => Object.entries(accessHeaders(alice as GivenKey, 'GET', target))

  test.each([`/gw${ORDERS}`, `/gw${ORDERS}?a=%2F`])('%s passes, signed as it is sent', async (target) => {
    const { upstream } = proxied()
    expect((await through({ target, as: alice })).status).toBe(200)
    expect(upstream.received.at(-1)?.target).toBe(target.slice('/gw'.length))
    const authority = `127.0.0.1:${outerPort}`
    const headers = messageSignature(alice as GivenKey, { method: 'GET', target, authority })
    expect((await through({ target, headers })).status).toBe(200)
  })

  test('a path signed without the prefix is refused, and the cause is named', async () => {
    const answer = await through({ target: `/gw${ORDERS}`, headers: signed(ORDERS) })
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.text).diagnosis).toMatchObject({ cause: 'public_prefix_missing' })
    const message = { method: 'GET', target: ORDERS, authority: `127.0.0.1:${outerPort}` }
    const other = await through({ target: `/gw${ORDERS}`, headers: messageSignature(alice as GivenKey, message) })
    expect(JSON.parse(other.text).diagnosis).toMatchObject({ cause: 'public_prefix_missing' })
  })

  test('no header of a client names another prefix', async () => {
    for (const name of ['X-Forwarded-Prefix', 'X-Original-Prefix', 'X-Script-Name']) {
      const headers: [string, string][] = [...signed(`/other${ORDERS}`), [name, '/other']]
      expect((await through({ target: `/gw${ORDERS}`, headers })).status).toBe(401)
    }
  })

  test('what no rule allows is refused, and so is a path of two meanings', async () => {
    expect((await through({ target: '/gw/trade-api/v2/other', as: alice })).text).toContain('route_not_allowed')
    expect((await through({ target: `/gw/${ORDERS}`, as: alice })).text).toContain('target_not_canonical')
  })

  test('the control plane expects the prefix too', async () => {
    const limits = '/trade-api/v2/account/limits'
    expect((await through({ target: `/gw${limits}`, as: alice })).status).toBe(200)
    const bare = await through({ target: `/gw${limits}`, headers: signed(limits) })
    expect(bare.status).toBe(401)
    expect(JSON.parse(bare.text).diagnosis).toMatchObject({ cause: 'public_prefix_missing' })
  })

  test('commands have it in their URL, those of operators too', async () => {
    const folder = await testFolder()
    const operator = await givenOperator(proxied().database)
    const pem = operator.privateKey.export({ type: 'pkcs8', format: 'pem' })
    await writeFile(join(folder, 'key.pem'), pem, { mode: 0o600 })
    const env = {
      COUNTERSIGN_URL: `http://127.0.0.1:${outerPort}/gw`,
      COUNTERSIGN_KEY_ID: operator.keyId,
      COUNTERSIGN_KEY_FILE: 'key.pem',
    }
    for (const argv of [['whoami'], ['accounts', 'list']]) {
      expect(await runIn(folder, argv, { env })).toMatchObject({ code: 0, stderr: '' })
    }
  })

  test('the dashboard calls the API below it', async (context) => {
    requireBrowser(context)
    await using browser = await launchBrowser()
    const { databaseUrl } = proxied()
    const { url } = await linkOnDatabase(
      { databaseUrl, defaultTier: 'prestige', host: '127.0.0.1', port: outerPort },
      { accountName: 'Alice' },
    )
    const page = await browser.newPage()
    await signIn(page, url)
    await page.getByRole('link', { name: 'first' }).waitFor()
  })
})
