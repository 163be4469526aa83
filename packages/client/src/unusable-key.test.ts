import { expect, test, vi } from 'vitest'
import { JWK, KEY_ID } from '../test/verifying-server.ts'
import { createSignedFetch } from './signed-fetch.ts'
import { UnusableKeyError } from './signing-key.ts'

const REFUSED = new TypeError('Invalid digest: SHA-512')

// No key whose numbers belong together is refused by this platform; others know fewer algorithms.
vi.mock('@countersign/protocol', async (original) => ({
  ...(await original<typeof import('@countersign/protocol')>()),
  importSigningKey: () => ({
    type: 'ed25519',
    sign: () => {
      throw REFUSED
    },
  }),
}))

test('what the platform says of a key is quoted and kept', async () => {
  const fetch = createSignedFetch({ keyId: KEY_ID, privateKey: JWK, fetch: async () => new Response() })
  const outcome = await fetch('https://api.example/x').catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(UnusableKeyError)
  expect(outcome).toMatchObject({
    message: 'the platform cannot sign with the private key: Invalid digest: SHA-512',
    cause: REFUSED,
  })
})
