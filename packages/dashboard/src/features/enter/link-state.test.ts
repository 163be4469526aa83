import type { LinkPreview } from '@countersign/api'
import { ApiError } from '@countersign/client'
import { expect, test } from 'vitest'
import { type LinkFacts, linkStateOf } from './link-state.ts'

const USABLE: LinkPreview = { status: 'usable', deployment_id: 'd' }
const lost = new TypeError('fetch failed')
const unreadable = new ApiError({ status: 400, code: 'invalid_parameter', message: 'refused' })

test.each<[string, Partial<LinkFacts>, object]>([
  ['without a code', { code: undefined }, { kind: 'no_code' }],
  ['that was declined', { code: undefined, isDeclined: true }, { kind: 'declined' }],
  ['that is being looked up', {}, { kind: 'loading' }],
  ['with a code that cannot be read', { error: unreadable }, { kind: 'unknown' }],
  ['that could not be looked up', { error: lost }, { kind: 'failed', error: lost }],
  ['that was used', { preview: { ...USABLE, status: 'used' } }, { kind: 'used' }],
  ['that has expired', { preview: { ...USABLE, status: 'expired' } }, { kind: 'expired' }],
  ['that is not known', { preview: { ...USABLE, status: 'unknown' } }, { kind: 'unknown' }],
  ['that can be used', { preview: USABLE }, { kind: 'usable', code: 'c', preview: USABLE }],
])('a link %s', (_, facts, state) => {
  expect(linkStateOf({ code: 'c', isDeclined: false, preview: undefined, error: undefined, ...facts })).toEqual(state)
})
