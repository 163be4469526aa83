import { describe, expect, test } from 'vitest'
import { refusalOf } from './refusal.ts'

describe('a connection that is reset', () => {
  test('is the fault of the caller where it is the one that carries the request', () => {
    const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    expect(refusalOf(aborted)).toEqual({ denied: 'request_malformed' })
  })

  test('is a dependency that does not answer where it is any other, as the one to the database', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    expect(refusalOf(reset)).toEqual({ denied: 'service_unavailable' })
  })
})
