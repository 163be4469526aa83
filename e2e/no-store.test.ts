import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedHeaders } from './attacks/support/signed-call.ts'
import { type AskedServer, startAskedServer } from './support/asked-server.ts'
import { call } from './support/call.ts'
import { type GivenKey, givenOperator } from './support/given-key.ts'
import { accessHeaders } from './support/key-holder.ts'
import { exchange } from './support/raw-connection.ts'

let server: AskedServer
let operator: GivenKey
let operations: (readonly [method: string, path: string])[]
beforeAll(async () => {
  server = await startAskedServer('sqlite')
  operator = await givenOperator(server.database)
  const { paths } = JSON.parse((await call(server, 'GET', '/openapi.json')).text)
  operations = Object.entries(paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item).map((method) => [method.toUpperCase(), path.replace(/\{\w+\}/g, operator.keyId)] as const),
  )
})
afterAll(() => server?.close())

describe('no cache may keep what a call of the API answers', () => {
  test('there are calls', () => expect(operations.length).toBeGreaterThan(30))

  test('signed by an operator, whatever the answer is', async () => {
    const kept: string[] = []
    const statuses = new Set<number>()
    // What ends the operator's own key comes last.
    const isEnding = ([method, path]: readonly [string, string]) => method !== 'GET' && path.includes(operator.keyId)
    for (const [method, path] of operations.toSorted((a, b) => Number(isEnding(a)) - Number(isEnding(b)))) {
      const headers = signedHeaders(server.port, operator, method, path)
      const answer = await call(server, method, path, { headers })
      statuses.add(answer.status)
      if (answer.headers['cache-control'] !== 'no-store') kept.push(`${method} ${path} ${answer.status}`)
    }
    expect(kept).toEqual([])
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404]))
  })

  test('unsigned', async () => {
    const kept: string[] = []
    for (const [method, path] of operations) {
      const answer = await call(server, method, path)
      if (answer.headers['cache-control'] !== 'no-store') kept.push(`${method} ${path} ${answer.status}`)
    }
    expect(kept).toEqual([])
  })

  test.each(['/nowhere', '/trade-api/v2/api_keys/', '//', '/healthz', '/readyz', '/metrics', '/gate/v1/changes'])(
    '%s',
    async (target) => {
      expect((await call(server, 'GET', target)).headers['cache-control']).toBe('no-store')
    },
  )

  test('what is no HTTP', async () => {
    const { answers } = await exchange(server.port, 'nonsense\r\n\r\n')
    expect(answers[0]?.headers.get('cache-control')).toEqual(['no-store'])
  })
})

test('nor what the data plane answers', async () => {
  const question = { 'X-Original-Method': 'GET', 'X-Original-URI': '/orders', 'X-Forwarded-For': '203.0.113.7' }
  const asked = (headers: object) =>
    call({ port: server.authorizePort }, 'GET', '/authorize', { headers: { ...headers } })
  const allowed = await asked({ ...question, ...accessHeaders(server.customer, 'GET', '/orders') })
  const refused = await asked(question)
  expect([allowed.status, refused.status]).toEqual([200, 401])
  for (const { headers } of [allowed, refused]) expect(headers['cache-control']).toBe('no-store')
})

test('the document of the API may be kept and is asked for again each time', async () => {
  const first = await call(server, 'GET', '/openapi.json')
  expect(first).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } })
  const again = await call(server, 'GET', '/openapi.json', { headers: { 'if-none-match': first.headers.etag } })
  expect(again).toMatchObject({ status: 304, text: '' })
})
