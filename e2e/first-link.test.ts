import { createLogger, DEFAULT_SETTINGS, startServer } from '@countersign/server'
import { expect, test } from 'vitest'
import { freshDatabase } from '../packages/server/test/fresh-database.ts'
import { bootstrapKey } from './support/key-holder.ts'
import { tradeCode } from './support/sign-in.ts'

async function start(databaseUrl: string, plane: 'control' | 'data' = 'control') {
  const settings = { ...DEFAULT_SETTINGS, port: 0, authorizePort: 0, plane, databaseUrl }
  return startServer(settings, createLogger('silent'))
}

test('a server without any key makes a link for the operator, until there is a key', async () => {
  const database = await freshDatabase('sqlite')
  try {
    const first = await start(database.url)
    // Nobody used it: after a restart there is another.
    expect(await first.firstLink()).toMatch(/#[\w-]{43}$/)
    await first.close()

    const second = await start(database.url)
    const link = new URL((await second.firstLink()) ?? '')
    expect(link.href).toMatch(`${second.url}/dashboard/enter#`)
    const { answer } = await tradeCode({ port: Number(link.port) }, link.hash.slice(1))
    expect(answer.status).toBe(201)
    expect(JSON.parse(answer.text).scopes).toEqual(['read', 'write', 'admin'])
    await second.close()

    const third = await start(database.url)
    expect([third.isEmpty, await third.firstLink()]).toEqual([false, undefined])
    await third.close()
  } finally {
    await database.remove()
  }
})

test.each(['a key', 'no control plane'] as const)('a server with %s makes none', async (what) => {
  const database = await freshDatabase('sqlite')
  try {
    if (what === 'a key') await bootstrapKey(database.url, 'demo')
    const server = await start(database.url, what === 'a key' ? 'control' : 'data')
    expect(await server.firstLink()).toBeUndefined()
    await server.close()
  } finally {
    await database.remove()
  }
})
