import {
  importVerifyingKey,
  parsePrivateKey,
  publicKeyOf,
  readMessageSignatures,
  verifyMessage,
} from '@countersign/protocol'
import { expect, test } from 'vitest'
import { createRequestSigner } from './request-signer.ts'

const KEY_ID = '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10'
const JWK = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }
const options = { keyId: KEY_ID, privateKey: JWK }

async function verifies(headers: Readonly<Record<string, string>>, authority: string, target: string) {
  const header = (name: string) => headers[name]
  const read = readMessageSignatures(header)
  if ('problem' in read || !read[0]) throw new Error('not one signature')
  const key = await importVerifyingKey(await publicKeyOf(parsePrivateKey(JWK)))
  return verifyMessage(read[0], { method: 'POST', target, authority, scheme: 'https', header }, key)
}

test('signs a URL for its host and, where it is not the usual one, its port', async () => {
  const sign = createRequestSigner(options)
  const headers = await sign({ method: 'post', url: 'https://API.example:443/a?b', body: 'c' })
  expect(await verifies(headers, 'api.example', '/a?b')).toBe(true)
  expect(await verifies(headers, 'api.example:8443', '/a?b')).toBe(false)
  expect(await verifies(await sign({ method: 'POST', url: 'https://a.example:8443/' }), 'a.example:8443', '/')).toBe(
    true,
  )
})

test('signs the parts of a URL as they are given', async () => {
  const target = '/a/../b'
  const headers = await createRequestSigner(options)({
    method: 'POST',
    target,
    authority: 'a.example',
    scheme: 'https',
  })
  expect(await verifies(headers, 'a.example', target)).toBe(true)
})

test('signs the same bytes alike, whatever holds them', async () => {
  const sign = createRequestSigner(options)
  const bytes = new TextEncoder().encode('a=1')
  const bodies = ['a=1', bytes, bytes.buffer, new DataView(bytes.buffer), new Blob([bytes]), new URLSearchParams('a=1')]
  const digests = bodies.map(
    async (body) => (await sign({ method: 'PUT', url: 'https://a.example', body }))['content-digest'],
  )
  expect(new Set(await Promise.all(digests))).toEqual(
    new Set(['sha-256=:wi/qXXQo5c9H72NUyXySI8ldbc3D4NIwD/eQVrH/PYU=:']),
  )
})

test('refuses a stream, which the types refuse as well', async () => {
  const body = new Blob(['a']).stream() as unknown as Blob
  await expect(createRequestSigner(options)({ method: 'POST', url: 'https://a.example', body })).rejects.toThrow(
    'a stream cannot be signed',
  )
})
