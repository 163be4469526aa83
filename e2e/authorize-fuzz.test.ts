import { afterEach, expect, test } from 'vitest'
import { type AskedServer, startAskedServer } from './support/asked-server.ts'
import { type FuzzedSource, fuzzAuthorize } from './support/authorize-fuzz.ts'
import { createRandom } from './support/random.ts'

let server: AskedServer | undefined
afterEach(() => server?.close())

test.each<FuzzedSource>(['nginx', 'caddy'])(
  'whatever is asked as %s asks, the answer is from the table',
  async (source) => {
    const random = createRandom()
    server = await startAskedServer('sqlite', { settings: { authorize: { source } } })
    const { authorizePort: port, customer } = server

    const counts = await fuzzAuthorize({ port, source, customer, random, requests: 1_500 })

    expect(counts.allowed).toBeGreaterThan(200)
    expect(counts['401 authentication_error']).toBeGreaterThan(50)
    expect(Object.keys(counts).length).toBeGreaterThan(8)
  },
)
