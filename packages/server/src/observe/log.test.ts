import { describe, expect, test } from 'vitest'
import { createLogger } from './log.ts'

const SECRET = '-----BEGIN PRIVATE KEY-----'

describe('the log', () => {
  test.each(['private_key', 'privateKey', 'body', 'headers', 'signature', 'authorization'])(
    'never holds what is called %s, wherever in a line it is',
    (name) => {
      const line = written((log) =>
        log.error({ [name]: SECRET, request: { [name]: SECRET }, a: { b: { [name]: { deep: SECRET } } } }, 'failed'),
      )
      expect(line).not.toContain('PRIVATE')
      expect(JSON.parse(line)).toEqual({
        level: 50,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        [name]: '[redacted]',
        request: { [name]: '[redacted]' },
        a: { b: { [name]: '[redacted]' } },
        msg: 'failed',
      })
    },
  )

  test('holds faults with their stack, but not what a caller sent and they carry along', () => {
    const fault = Object.assign(new Error('no such column'), { body: SECRET, code: 'SQLITE_ERROR' })
    const line = written((log) => log.error({ err: fault }, 'failed'))
    expect(line).not.toContain('PRIVATE')
    expect(JSON.parse(line).err).toMatchObject({ message: 'no such column', code: 'SQLITE_ERROR', body: '[redacted]' })
    expect(JSON.parse(line).err.stack).toContain('log.test.ts')
  })

  test('leaves them out in lists, in faults under any name, however deep, and of what refers to itself', () => {
    const itself: Record<string, unknown> = { body: SECRET }
    itself.self = itself
    const fault = Object.assign(new Error('failed'), { request: { headers: SECRET } })
    const deep = { a: { b: { c: { d: { e: [{ privateKey: SECRET }] } } } } }
    const line = written((log) => log.error({ list: [{ body: SECRET }], fault, itself, deep, err: fault }, 'failed'))
    expect(line).not.toContain('PRIVATE')
    expect(JSON.parse(line)).toMatchObject({
      list: [{ body: '[redacted]' }],
      fault: { request: { headers: '[redacted]' } },
      itself: { body: '[redacted]' },
      deep: { a: { b: { c: { d: { e: [{ privateKey: '[redacted]' }] } } } } },
      err: { message: 'failed', request: { headers: '[redacted]' } },
    })
  })

  test('leaves them out of what an object writes of itself, and of a fault that does so', () => {
    const own = { toJSON: () => ({ body: SECRET, id: 7 }) }
    const fault = Object.assign(new Error('failed'), { toJSON: () => ({ request: { headers: SECRET } }) })
    const line = written((log) => log.error({ own, fault }, 'failed'))
    expect(line).not.toContain('PRIVATE')
    expect(JSON.parse(line)).toMatchObject({ own: { body: '[redacted]', id: 7 } })
  })

  test('is written whatever an object is: one that throws, and some that refer to each other', () => {
    const throwing = {
      get name(): string {
        throw new Error('not here')
      },
    }
    const all: Record<string, unknown>[] = Array.from({ length: 3 }, (_, i) => ({ i, signature: SECRET }))
    for (const one of all) for (const [i, other] of all.entries()) one[`to${i}`] = other
    const line = written((log) => log.error({ throwing, graph: all[0], twice: [throwing, throwing] }, 'failed'))
    expect(line).not.toContain('PRIVATE')
    expect(JSON.parse(line)).toMatchObject({ throwing: '[redacted]', graph: { i: 0, signature: '[redacted]' } })
  })

  test('changes nothing that its caller goes on with, and writes dates and lists as they are', () => {
    const fields = { body: 'b', at: new Date(0), list: [1, 'two', null], nothing: null, request: { body: 'c', id: 7 } }
    const line = JSON.parse(written((log) => log.info(fields, 'said')))
    expect(fields).toMatchObject({ body: 'b', request: { body: 'c', id: 7 } })
    expect(line).toMatchObject({ at: '1970-01-01T00:00:00.000Z', list: [1, 'two', null], nothing: null })
    expect(line).toMatchObject({ body: '[redacted]', request: { body: '[redacted]', id: 7 } })
  })

  test('holds its level and what is above', () => {
    expect(written((log) => log.info('a'), 'warn')).toBe('')
    expect(written((log) => log.warn('a'), 'warn')).toContain('"msg":"a"')
    expect(written((log) => log.fatal('a'), 'silent')).toBe('')
  })

  function written(write: (log: ReturnType<typeof createLogger>) => void, level: 'info' | 'warn' | 'silent' = 'info') {
    let lines = ''
    write(
      createLogger(level, {
        write: (line) => {
          lines += line
        },
      }),
    )
    return lines
  }
})
