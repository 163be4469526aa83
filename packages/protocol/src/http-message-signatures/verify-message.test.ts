import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SigningKey, VerifyingKey } from '../backend/backend.ts'
import { backend as node } from '../backend/node.ts'
import { backend as web } from '../backend/web.ts'
import { encodeUtf8 } from '../encoding.ts'
import { parsePrivateKey } from '../private-key.ts'
import { publicKeyOf } from '../ready-key.ts'
import { verifyStatement } from '../statement.ts'
import { verifyRequest } from '../verify.ts'
import { readComponent } from './component.ts'
import { checkContentDigest } from './content-digest.ts'
import { coverageProblem } from './coverage.ts'
import { type RequestMessage, urlParts } from './message.ts'
import { type MessageSignature, readMessageSignatures } from './message-signature.ts'
import { signMessage } from './sign-message.ts'
import { makeNonce, signRequestMessage } from './sign-request-message.ts'
import { signatureBase } from './signature-base.ts'
import { verifyMessage } from './verify-message.ts'

const PATHS = fc.string({ unit: fc.constantFrom(...'/abcXYZ019.-_~%2F:@!$&'), maxLength: 40 }).map((rest) => `/${rest}`)
const QUERIES = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((parameters) => `?${parameters}`),
)
const AUTHORITIES = fc.oneof(
  fc.domain(),
  fc.tuple(fc.domain(), fc.integer({ min: 1024, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
)
const TEXTS = fc.string({
  minLength: 1,
  maxLength: 40,
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
})
const TARGETS = fc.tuple(PATHS, QUERIES).map(([path, query]) => path + query)
const REQUESTS = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  target: TARGETS,
  authority: AUTHORITIES,
  scheme: fc.constantFrom('https', 'http'),
  body: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ minLength: 1, maxLength: 60 })),
  keyId: TEXTS,
  nonce: TEXTS,
  tag: TEXTS,
  createdSeconds: fc.integer({ min: 0, max: 99_999_999_999 }),
})

type Signed = Readonly<Record<string, string>>

describe.each([
  ['ed25519', () => generateKeyPairSync('ed25519').privateKey, 100],
  ['rsa-pss-sha512', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 40],
] as const)('%s', (algorithm, generate, runs) => {
  let signers: Record<'node' | 'web', SigningKey>
  let verifiers: Record<'node' | 'web' | 'other', VerifyingKey>

  beforeAll(async () => {
    const [key, other] = [generate(), generate()].map((made) =>
      parsePrivateKey(made.export({ type: 'pkcs8', format: 'pem' }) as string),
    ) as [ReturnType<typeof parsePrivateKey>, ReturnType<typeof parsePrivateKey>]
    const publicKey = await publicKeyOf(key)
    signers = { node: await node.importPrivateKey(key), web: await web.importPrivateKey(key) }
    verifiers = {
      node: await node.importPublicKey(publicKey),
      web: await web.importPublicKey(publicKey),
      other: await node.importPublicKey(await publicKeyOf(other)),
    }
  })

  it('what either backend signs, both verify, and another key does not', async () => {
    await fc.assert(
      fc.asyncProperty(REQUESTS, fc.constantFrom('node', 'web'), async (request, signer) => {
        const headers = await signRequestMessage({ ...request, key: signers[signer as 'node'] })
        const message = received(request, headers)
        const signature = only(headers)
        expect(coverageProblem(signature, { ...request, hasBody: request.body.length > 0 })).toBeUndefined()
        expect(await verifyMessage(signature, message, verifiers.node)).toBe(true)
        expect(await verifyMessage(signature, message, verifiers.web)).toBe(true)
        expect(await verifyMessage(signature, message, verifiers.other)).toBe(false)
      }),
      { numRuns: runs },
    )
  })

  it('a change of any covered component is noticed', async () => {
    const changes = fc.record({
      target: TARGETS,
      authority: AUTHORITIES,
      method: fc.constantFrom('GET', 'POST', 'get'),
    })
    await fc.assert(
      fc.asyncProperty(
        REQUESTS,
        changes,
        fc.constantFrom('target', 'authority', 'method'),
        async (request, change, name) => {
          const changed = { ...request, [name]: change[name as 'target'] }
          const headers = await signRequestMessage({ ...request, key: signers.node })
          const message = received(changed, headers)
          const signature = only(headers)
          const hasBody = request.body.length > 0
          const isAccepted =
            !coverageProblem(signature, { ...changed, hasBody }) &&
            (await verifyMessage(signature, message, verifiers.node))
          if (isAccepted) expect(meaningOf(changed)).toEqual(meaningOf(request))
          if (changed[name as 'target'] === request[name as 'target']) expect(isAccepted).toBe(true)
        },
      ),
      { numRuns: runs },
    )
  })

  it('a query that was put on a request that had none is not covered, and the coverage says so', async () => {
    const request = { ...REQUEST, key: signers.node, url: 'https://api.example.com/orders' }
    const signature = only(await signRequestMessage(request))
    expect(coverageProblem(signature, { method: 'POST', target: '/orders?x=1', hasBody: true })).toMatchObject({
      problem: 'coverage_insufficient',
      message: 'missing: @query',
    })
  })

  it('one changed character in Signature-Input, Signature or Content-Digest is noticed', async () => {
    const headers = await signRequestMessage({ ...REQUEST, key: signers.node, expiresSeconds: 1_700_000_060, tag: 't' })
    for (const name of Object.keys(headers)) {
      const text = headers[name] as string
      for (let at = 0; at < text.length; at += algorithm === 'ed25519' || name !== 'signature' ? 1 : 7) {
        for (const character of ['x', '1', '', ' ', '"']) {
          if (text[at] === character) continue
          const changed = { ...headers, [name]: text.slice(0, at) + character + text.slice(at + 1) }
          expect([name, at, character, await holds(changed)]).toEqual([
            name,
            at,
            character,
            isHarmless(text, changed[name] as string),
          ])
        }
      }
    }
  })

  /** Everything a gate asks, in one. */
  const holds = async (headers: Signed): Promise<boolean> => {
    const read = readMessageSignatures((name) => headers[name])
    if ('problem' in read || read.length !== 1) return false
    const [signature] = read as [MessageSignature]
    const message = { method: 'POST', ...urlParts(REQUEST.url), header: (name: string) => headers[name] }
    if (coverageProblem(signature, { ...message, hasBody: true })) return false
    if (await checkContentDigest(headers['content-digest'], encodeUtf8(REQUEST.body))) return false
    return verifyMessage(signature, message, verifiers.node)
  }

  it('parameters cannot be added, dropped, reordered or exchanged', async () => {
    const headers = await signRequestMessage({ ...REQUEST, key: signers.node, tag: 't' })
    const input = headers['signature-input'] as string
    const changes = [
      input.replace('created=1700000000', 'created=1700000001'),
      input.replace(`keyid="${REQUEST.keyId}"`, 'keyid="other"'),
      input.replace(`nonce="${REQUEST.nonce}"`, 'nonce="other"'),
      input.replace(';tag="t"', ''),
      input.replace(';tag="t"', ';tag="u"'),
      `${input};expires=1800000000`,
      `${input};alg="${algorithm}"`,
      input.replace(/(;created=\d+)(;keyid="[^"]+")/, '$2$1'),
      input.replace('"@method" "@authority"', '"@authority" "@method"'),
      input.replace(' "content-digest")', ')'),
      input.replace(' "content-digest")', ' "content-digest" "@scheme")'),
      input.replace('"content-digest"', '"content-digest";sf'),
    ]
    expect(new Set(changes).has(input)).toBe(false)
    expect(await holds(headers)).toBe(true)
    for (const change of changes) {
      const message = { method: 'POST', ...urlParts(REQUEST.url), header: (name: string) => headers[name] }
      const changed = only({ ...headers, 'signature-input': change })
      expect([change, await verifyMessage(changed, message, verifiers.node)]).toEqual([change, false])
    }
  })

  it('the algorithm that a signature names must be that of the key', async () => {
    const named = { ...REQUEST_MESSAGE, header: () => undefined }
    const make = (namesAlgorithm: boolean) =>
      signMessage(named, { key: signers.node, keyId: 'k', components: ['@method'], createdSeconds: 1, namesAlgorithm })
    const headers = await make(true)
    expect(headers['signature-input']).toBe(`sig1=("@method");created=1;keyid="k";alg="${algorithm}"`)
    expect(await verifyMessage(only({ ...headers }), named, verifiers.node)).toBe(true)
    const other = { ...only({ ...headers }), algorithm: algorithm === 'ed25519' ? 'rsa-pss-sha512' : 'ed25519' }
    expect(await verifyMessage(other, named, verifiers.node)).toBe(false)
    expect(await verifyMessage({ ...other, algorithm: 'none' }, named, verifiers.node)).toBe(false)
  })

  it('a signature of another length, or over a component that is not there, is false and no fault', async () => {
    const headers = await signRequestMessage({ ...REQUEST, key: signers.node })
    const message = { ...REQUEST_MESSAGE, header: (name: string) => headers[name] }
    const signature = only(headers)
    expect(await verifyMessage(signature, message, verifiers.node)).toBe(true)
    for (const bytes of [new Uint8Array(0), signature.signature.subarray(1), new Uint8Array(4096)]) {
      expect(await verifyMessage({ ...signature, signature: bytes }, message, verifiers.node)).toBe(false)
    }
    expect(await verifyMessage(signature, { ...message, header: () => undefined }, verifiers.node)).toBe(false)
    expect(await verifyMessage(signature, { status: 200, header: () => undefined }, verifiers.node)).toBe(false)
  })

  it('a message signature is none of a statement, nor of an access-header request', async () => {
    const headers = await signRequestMessage({ ...REQUEST, key: signers.node })
    const base64 = (headers.signature as string).slice('sig1=:'.length, -1)
    const fields = { fingerprint: 'f', reason: 'superseded' }
    expect(await verifyStatement({ purpose: 'revoke', deploymentId: 'd', fields }, base64, verifiers.node)).toBe(false)
    const received = { method: 'POST', target: '/orders?limit=5', timestamp: '1700000000000', signature: base64 }
    expect(await verifyRequest(received, verifiers.node)).toBe(false)
  })
})

it('two requests that are not the same never have one base', () => {
  const components = ['@method', '@authority', '@path', '@query', 'x-one', 'x-two;bs'].map(readComponent)
  const fields = fc.record({ 'x-one': TEXTS, 'x-two': fc.array(TEXTS, { minLength: 1, maxLength: 3 }) })
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST'),
    target: TARGETS,
    authority: AUTHORITIES,
    fields,
  })
  const baseOf = ({
    fields,
    ...request
  }: {
    method: string
    target: string
    authority: string
    fields: { 'x-one': string; 'x-two': string[] }
  }) =>
    signatureBase(
      { components, parametersText: '()' },
      { ...request, scheme: 'https', header: (name) => fields[name as 'x-one'] },
    )
  const whole = ({ fields, ...request }: Parameters<typeof baseOf>[0]) =>
    JSON.stringify([meaningOf(request), trim(fields['x-one']), fields['x-two'].map(trim)])
  fc.assert(
    fc.property(requests, requests, fc.constantFrom('method', 'target', 'authority', 'fields'), (one, other, name) => {
      const two = { ...one, [name]: other[name as 'method'] }
      expect(baseOf(one) === baseOf(two)).toBe(whole(one) === whole(two))
    }),
    { numRuns: 500 },
  )
})

it('no value breaks out of its line', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 30 })
  fc.assert(
    fc.property(texts, texts, texts, texts, (method, target, authority, value) => {
      const identifiers = [
        '@method',
        '@authority',
        '@path',
        '@query',
        '@target-uri',
        '@request-target',
        'x',
        'x;bs',
        'x;sf',
      ]
      for (const identifier of identifiers) {
        const coverage = { components: [readComponent(identifier)], parametersText: '()' }
        const base = signatureBase(coverage, { method, target, authority, scheme: 'https', header: () => value })
        if (typeof base === 'string') expect(base).toMatch(/^[\t\x20-\x7e]*\n"@signature-params": \(\)$/)
      }
    }),
    { numRuns: 500 },
  )
})

const REQUEST = {
  keyId: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d',
  method: 'POST',
  url: 'https://api.example.com/orders?limit=5',
  body: '{"count":1}',
  nonce: 'dGhlIG5vbmNl',
  createdSeconds: 1_700_000_000,
}

const REQUEST_MESSAGE = { method: 'POST', ...urlParts(REQUEST.url) }

describe('signRequestMessage', () => {
  const key = node.importPrivateKey(
    parsePrivateKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string),
  ) as SigningKey
  const inputOf = async (changes: object) =>
    (await signRequestMessage({ ...REQUEST, key, ...changes }))['signature-input']

  it('covers what is required, and what is asked for beyond', async () => {
    expect(await inputOf({})).toBe(
      'sig1=("@method" "@authority" "@path" "@query" "content-digest");created=1700000000;keyid="2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d";nonce="dGhlIG5vbmNl"',
    )
    const bare = { method: 'GET', url: 'https://api.example.com/', body: undefined, nonce: undefined, keyId: 'k' }
    expect(await inputOf(bare)).toBe('sig1=("@method" "@authority" "@path");created=1700000000;keyid="k"')
    expect(await inputOf({ ...bare, body: '' })).toBe(
      'sig1=("@method" "@authority" "@path");created=1700000000;keyid="k"',
    )
    const more = { components: ['@method', 'content-type'], header: () => 'a/b', expiresSeconds: 1700000009, tag: 't' }
    expect(await inputOf({ ...bare, ...more })).toBe(
      'sig1=("@method" "@authority" "@path" "content-type");created=1700000000;keyid="k";expires=1700000009;tag="t"',
    )
  })

  it('gives the digest that was asked for', async () => {
    const headers = await signRequestMessage({ ...REQUEST, key, digestAlgorithm: 'sha-512' })
    expect(Object.keys(headers).sort()).toEqual(['content-digest', 'signature', 'signature-input'])
    expect(headers['content-digest']).toMatch(/^sha-512=:[A-Za-z0-9+/]{86}==:$/)
  })

  it.each([
    ['a method in lower case', { method: 'post' }],
    ['no nonce where one is needed', { nonce: undefined }],
    ['an empty nonce', { nonce: '' }],
    ['a nonce of 129 characters', { nonce: 'n'.repeat(129) }],
    ['a nonce that is no ASCII', { nonce: 'é' }],
    ['a key id that is no ASCII', { keyId: 'é' }],
    ['a line break in a tag', { tag: 'a\nb' }],
    ['milliseconds', { createdSeconds: 1_700_000_000_000 }],
    ['half a second', { createdSeconds: 1.5 }],
    ['a field that is not there', { components: ['x-absent'] }],
    ['a component that is none', { components: ['a"b'] }],
    ['one component in two orders', { components: ['x;sf;key="a"', 'x;key="a";sf'], header: () => 'a=1' }],
    ['components beyond 64', { components: Array.from({ length: 64 }, (_, i) => `f${i}`), header: () => 'a' }],
  ])('refuses %s', async (_, changes) => {
    await expect(inputOf(changes)).rejects.toThrow(TypeError)
  })

  it.each(['Sig', '1', '', 'a b', 'a=b'])('signMessage refuses the label %j', async (label) => {
    const message = { ...REQUEST_MESSAGE, header: () => undefined }
    const toMake = { key, keyId: 'k', components: ['@method'], createdSeconds: 1, label }
    await expect(signMessage(message, toMake)).rejects.toThrow(TypeError)
  })
})

it('takes a URL apart as it goes on the wire', () => {
  const parts = (url: string) => Object.values(urlParts(url))
  expect(parts('https://API.example.com:443/a%2Fb/?q=1#f')).toEqual(['/a%2Fb/?q=1', 'api.example.com', 'https'])
  expect(parts('http://localhost:4100')).toEqual(['/', 'localhost:4100', 'http'])
  expect(parts('https://a.example/x?')).toEqual(['/x?', 'a.example', 'https'])
  expect(parts('https://a.example/x?#')).toEqual(['/x?', 'a.example', 'https'])
  expect(parts('https://a.example/##')).toEqual(['/', 'a.example', 'https'])
  expect(parts('https://[::1]:8/?a#?b')).toEqual(['/?a', '[::1]:8', 'https'])
})

it('makes nonces that differ', () => {
  const nonces = Array.from({ length: 1000 }, makeNonce)
  expect(new Set(nonces).size).toBe(1000)
  expect(nonces.every((nonce) => /^[A-Za-z0-9_-]{22}$/.test(nonce))).toBe(true)
})

/** White space between the parts of a structured field, and the label, are not signed. */
function isHarmless(text: string, changed: string): boolean {
  if (text.startsWith('sig1=(')) return canonical(text) === canonical(changed)
  return false
}

function canonical(input: string): string {
  const read = readMessageSignatures((name) => (name === 'signature' ? 'sig1=:AAAA:' : input))
  return 'problem' in read ? read.problem : (read[0] as MessageSignature).parametersText
}

/** What must be the same where one base stands for two requests: no query and an empty one are. */
function meaningOf({ method, target, authority }: { method: string; target: string; authority: string }): string[] {
  return [method, target.replace(/^([^?]*)\?$/, '$1'), authority.toLowerCase()]
}

function received(
  request: { method: string; target: string; authority: string; scheme: string },
  headers: Signed,
): RequestMessage {
  const { method, target, authority, scheme } = request
  return { method, target, authority, scheme, header: (name) => headers[name] }
}

function only(headers: Signed): MessageSignature {
  const read = readMessageSignatures((name) => headers[name])
  if ('problem' in read) throw new Error(read.message)
  expect(read).toHaveLength(1)
  return read[0] as MessageSignature
}

function trim(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '')
}
