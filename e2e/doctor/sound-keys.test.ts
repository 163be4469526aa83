import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectPem } from '@countersign/doctor'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireTool } from '../support/require-tool.ts'
import { lookAtFlip, newVouched } from './flipped-keys.ts'
import { type KeyInForms, makeKeyInForms, SOUND_FORMS } from './key-forms.ts'
import { findUnread, KEY_READERS, type KeyToRead } from './read-keys.ts'

/** Toolkits start, and Go compiles its standard library at the first time on a machine. */
const SLOW_MS = 300_000
const FLIPS = 600

let folder: string
const keys: KeyInForms[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-sound-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test(
  'twelve forms of a key: named or sound, and every toolkit reads what is sound and what was repaired',
  async (context) => {
    requireTool(context, 'ssh-keygen', 'openssh-client')
    for (const { program, package: from } of Object.values(KEY_READERS)) requireTool(context, program, from)
    for (const type of ['ed25519', 'ed25519', 'rsa', 'rsa'] as const) {
      keys.push(await makeKeyInForms(type, folder, `key-${keys.length}`))
    }
    const toRead: KeyToRead[] = []
    for (const { type, spki, forms } of keys) {
      expect(Object.keys(forms)).toHaveLength(12)
      for (const [form, content] of Object.entries(forms)) {
        const name = `${type} ${form}`
        const { problems, publicKey, repaired } = await inspectPem(content)
        expect({ name, isSound: problems.length === 0 }).toEqual({ name, isSound: SOUND_FORMS.includes(form) })
        expect(Buffer.from(publicKey?.spki ?? []).toString('base64')).toBe(spki)
        if (SOUND_FORMS.includes(form)) toRead.push({ content, spki, name })
        else toRead.push({ content: repaired ?? '', spki, name: `${name}, repaired` })
      }
    }
    expect(await findUnread(toRead, join(folder, 'forms'))).toEqual([])
  },
  SLOW_MS,
)

test(
  'one changed byte: what is called sound, and what was repaired, is read by every toolkit as the same key',
  async () => {
    const vouched = newVouched()
    const flip = fc.constantFrom(...keys).chain((key) =>
      fc.constantFrom(...Object.keys(key.forms)).chain((form) =>
        fc.record({
          key: fc.constant(key),
          form: fc.constant(form),
          at: fc.nat((key.forms[form]?.length ?? 1) - 1),
          mask: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128, 3, 12, 255),
        }),
      ),
    )
    for (const { key, ...it } of fc.sample(flip, FLIPS)) await lookAtFlip(key, it, vouched)
    expect(vouched.wrong).toEqual([])
    expect(await findUnread([...vouched.sound.values()], join(folder, 'sound'))).toEqual([])
    expect(await findUnread([...vouched.repaired.values()].slice(0, 200), join(folder, 'repaired'))).toEqual([])
  },
  SLOW_MS,
)
