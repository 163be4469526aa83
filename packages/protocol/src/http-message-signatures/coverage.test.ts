import { describe, expect, it } from 'vitest'
import { coverageProblem, expiryProblem, needsNonce } from './coverage.ts'
import { type MessageSignature, readMessageSignatures } from './message-signature.ts'

const PARAMETERS = ';created=1700000000;keyid="k";nonce="n"'
const FULL = '("@method" "@authority" "@path" "@query" "content-digest")'

describe('a signature covers enough', () => {
  it.each([
    ['POST', '/a?b', true, FULL + PARAMETERS],
    ['POST', '/a?b', true, `("@target-uri" "content-digest" "@method")${PARAMETERS}`],
    ['POST', '/a', true, `("@method" "@target-uri" "content-digest")${PARAMETERS}`],
    ['DELETE', '/a', false, `("@method" "@authority" "@path")${PARAMETERS}`],
    ['GET', '/a', false, '("@method" "@authority" "@path");created=1;keyid="k"'],
    ['HEAD', '/a', false, '("@method" "@authority" "@path");created=0;keyid="k"'],
    ['OPTIONS', '*', false, '("@method" "@authority" "@path" "x");created=1;keyid="k"'],
  ])('%s %s, body %s: %s', (method, target, hasBody, input) => {
    expect(coverageProblem(signatureOf(input), { method, target, hasBody })).toBeUndefined()
  })
})

describe('a signature covers too little', () => {
  const everything = '@method, @authority, @path, @query, content-digest'
  it.each([
    ['()', everything],
    ['("@authority" "@path" "@query" "content-digest")', '@method'],
    ['("@method" "@path" "@query" "content-digest")', '@authority'],
    ['("@method" "@authority" "@query" "content-digest")', '@path'],
    ['("@method" "@authority" "@path" "content-digest")', '@query'],
    ['("@method" "@authority" "@path" "@query")', 'content-digest'],
    ['("@method" "@authority" "@request-target" "content-digest")', '@path, @query'],
    ['("@method" "@authority" "@path" "@query-param";name="b" "content-digest")', '@query'],
    ['("@method" "@authority" "@path" "@query" "content-digest";key="sha-256")', 'content-digest'],
    ['("@method";req "@authority";req "@path";req "@query";req "content-digest";req)', everything],
    ['("@method" "@target-uri";req "content-digest")', '@authority, @path, @query'],
  ])('%s', (components, missing) => {
    const problem = coverageProblem(signatureOf(components + PARAMETERS), {
      method: 'POST',
      target: '/a?b',
      hasBody: true,
    })
    expect(problem).toEqual({
      problem: 'coverage_insufficient',
      refusal: 'signature_coverage_insufficient',
      message: `missing: ${missing}`,
    })
  })

  it.each([
    [';keyid="k";nonce="n"', 'created'],
    [';created=1;nonce="n"', 'keyid'],
    [';created=1;keyid="";nonce="n"', 'keyid'],
    [';nonce="n"', 'created, keyid'],
  ])('parameters %s', (parameters, missing) => {
    const problem = coverageProblem(signatureOf(FULL + parameters), { method: 'POST', target: '/a?b', hasBody: true })
    expect(problem?.message).toBe(`missing: ${missing}`)
  })

  it('a target with a question mark and nothing after it has a query', () => {
    const signature = signatureOf(`("@method" "@authority" "@path")${PARAMETERS}`)
    expect(coverageProblem(signature, { method: 'GET', target: '/a?', hasBody: false })?.message).toBe(
      'missing: @query',
    )
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'TRACE', 'X'])('%s needs a nonce', (method) => {
    const problem = coverageProblem(signatureOf(`${FULL};created=1;keyid="k"`), {
      method,
      target: '/a?b',
      hasBody: true,
    })
    expect([problem?.problem, problem?.refusal, needsNonce(method)]).toEqual(['nonce_required', 'nonce_required', true])
  })
})

it('a signature ends where it says that it ends', () => {
  const ending = signatureOf('();expires=1700000000')
  expect(expiryProblem(ending, 1_699_999_999_999)).toBeUndefined()
  expect(expiryProblem(ending, 1_700_000_000_000)).toMatchObject({ problem: 'expired', refusal: 'signature_expired' })
  expect(expiryProblem(signatureOf('();expires=0'), 1)).toBeDefined()
  expect(expiryProblem(signatureOf('()'), 1e15)).toBeUndefined()
})

function signatureOf(input: string): MessageSignature {
  const read = readMessageSignatures((name) => (name === 'signature' ? 's=:AAAA:' : `s=${input}`))
  if ('problem' in read) throw new Error(read.message)
  return read[0] as MessageSignature
}
