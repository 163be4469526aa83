import { expect, test } from 'vitest'
import { bindFields } from './bind-fields.ts'

interface Fields {
  readonly name: string
  readonly tier?: string
  readonly scopes: readonly string[]
}

test('a control gets the value of its field, what is wrong with it, and the lock', () => {
  const fields: Fields = { name: 'bot', scopes: [] }
  const parts: Partial<Fields>[] = []
  const field = bindFields<Fields>({
    fields,
    set: (part) => parts.push(part),
    problems: { name: 'taken' },
    isLocked: true,
  })
  expect(field('name')).toMatchObject({ value: 'bot', error: 'taken', disabled: true })
  expect(field('tier')).toMatchObject({ value: '', error: undefined, disabled: true })
  field('tier').onChange({ target: { value: 'basic' } })
  expect(parts).toEqual([{ tier: 'basic' }])
})
