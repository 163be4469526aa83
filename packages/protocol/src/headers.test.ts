import { describe, expect, it } from 'vitest'
import { accessHeaderNames, DEFAULT_HEADER_PREFIX } from './headers.ts'

describe('accessHeaderNames', () => {
  it('are those of the default wire without a prefix', () => {
    expect(accessHeaderNames()).toEqual({
      keyId: 'kalshi-access-key',
      timestamp: 'kalshi-access-timestamp',
      signature: 'kalshi-access-signature',
    })
    expect(accessHeaderNames(DEFAULT_HEADER_PREFIX)).toEqual(accessHeaderNames())
  })

  it.each(['ACME', 'x', 'Acme-2', 'a'.repeat(32)])('carry the prefix %j in lower case', (prefix) => {
    expect(accessHeaderNames(prefix).keyId).toBe(`${prefix.toLowerCase()}-access-key`)
  })

  it.each(['', '-a', 'a-', 'a b', 'a\n', 'a:', 'é', 'a_b', 'a'.repeat(33)])('refuse the prefix %j', (prefix) => {
    expect(() => accessHeaderNames(prefix)).toThrow(RangeError)
  })
})
