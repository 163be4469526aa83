import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEFAULT_SETTINGS, type Settings } from '../config/settings.ts'
import { refuseEmptiedDatabase } from './refuse-emptied-database.ts'

let folder: string
let settings: Settings
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-emptied-'))
  settings = { ...DEFAULT_SETTINGS, databaseUrl: `sqlite:${join(folder, 'countersign.db')}` }
  for (const name of ['countersign.db', 'deployment-key.pem', 'audit-heads.jsonl'])
    await writeFile(join(folder, name), 'x')
})
afterEach(() => rm(folder, { recursive: true }))

test('an empty database beside the key and heads of a deployment is no first start', async () => {
  await refuseEmptiedDatabase(settings)
  await truncate(join(folder, 'countersign.db'))
  await expect(refuseEmptiedDatabase(settings)).rejects.toMatchObject({
    name: 'EmptiedDatabaseError',
    message: `${join(folder, 'countersign.db')} is empty, and ${join(folder, 'audit-heads.jsonl')} has signed heads of its audit log`,
    fix: expect.stringContaining('put a backup'),
  })
})

test.each(['countersign.db', 'deployment-key.pem', 'audit-heads.jsonl'])(
  'it is one where there is no %s',
  async (name) => {
    await truncate(join(folder, 'countersign.db'))
    await rm(join(folder, name))
    await refuseEmptiedDatabase(settings)
  },
)
