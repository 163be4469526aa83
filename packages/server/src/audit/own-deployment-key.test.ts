import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fingerprintOf } from '@countersign/protocol'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeOnEachDatabase } from '../../test/each-database.ts'
import { createLogger } from '../observe/log.ts'
import { readKeyFingerprint } from '../storage/deployment.ts'
import { openDeploymentKey } from './deployment-key.ts'
import { openOwnDeploymentKey } from './own-deployment-key.ts'

describeOnEachDatabase('the one deployment key', ({ database }) => {
  let folder: string
  let lines: string[]
  const log = createLogger('info', { write: (line) => void lines.push(line) })
  const open = (node: string) => openOwnDeploymentKey(join(folder, node, 'key.pem'), database(), log)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-one-key-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    lines = []
    await database().kysely.updateTable('deployment').set({ key_fingerprint: null }).execute()
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
  })

  test('is made by one of several first nodes; the others have no file, and make none', async () => {
    const nodes = ['a', 'b', 'c']
    const opened = await Promise.all(nodes.map(open))
    expect(opened.map(({ state }) => state).sort()).toEqual(['missing', 'missing', 'own'])
    const made = opened.find(({ state }) => state === 'own')?.key
    if (!made) throw new Error('nobody made it')
    const fingerprint = await fingerprintOf(made.publicKey)
    expect(await readKeyFingerprint(database().kysely)).toBe(fingerprint)
    expect(await readdir(folder)).toHaveLength(1)
    const told = lines.filter((line) => line.includes('this node has no file of it'))
    expect(told).toHaveLength(2)
    expect(JSON.parse(told[0] ?? '')).toMatchObject({
      level: 50,
      fingerprint,
      file: expect.stringMatching(/key\.pem$/),
    })
  })

  test('that another node made is not replaced by the key of this one', async () => {
    const [made] = [await open('a'), await openDeploymentKey(join(folder, 'b', 'key.pem'))]
    expect(await open('b')).toEqual({ state: 'foreign' })
    expect(lines.at(-1)).toContain('this file holds another key than the deployment has')
    expect((await open('a')).state).toBe('own')
    expect(made.state).toBe('own')
  })

  test('is the one that a deployment of an earlier version has in its file', async () => {
    const { publicKey } = await openDeploymentKey(join(folder, 'a', 'key.pem'))
    expect(await open('a')).toMatchObject({ state: 'own', key: { isNew: false } })
    expect(await readKeyFingerprint(database().kysely)).toBe(await fingerprintOf(publicKey))
  })

  test('is not set by a node that can make no file', async () => {
    await writeFile(join(folder, 'a'), 'no folder')
    expect(await open('a')).toEqual({ state: 'unreadable' })
    expect(await readKeyFingerprint(database().kysely)).toBeUndefined()
    expect(await openOwnDeploymentKey(undefined, database(), log)).toEqual({ state: 'unnamed' })
  })
})
