import { expect, test } from 'vitest'
import { savePrivateKey } from './save-private-key.ts'

test('where a made key cannot be saved, says which one and that it must go', async () => {
  const full = Object.assign(new Error('secret detail'), { code: 'ENOSPC' })
  const output = { path: '/x/new.pem', save: () => Promise.reject(full), discard: () => Promise.resolve() }
  await expect(savePrivateKey(output, 'PEM', '8c1f02aa')).rejects.toMatchObject({
    code: 'private_key_not_saved',
    message: 'key 8c1f02aa was made, but its private key could not be saved to /x/new.pem',
    why: 'ENOSPC',
    fix: 'delete the key, since nobody can use it: countersign keys delete 8c1f02aa',
    exitCode: 1,
  })
})
