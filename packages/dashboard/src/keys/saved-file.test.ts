import { ApiError } from '@countersign/client'
import { expect, test } from 'vitest'
import type { SavedKey } from './read-saved-key.ts'
import { fileProblem, refusedCheck } from './saved-file.ts'

test.each<[SavedKey, object | undefined]>([
  [{ kind: 'private', fingerprint: 'ours', publicKeyPem: '' }, undefined],
  [
    { kind: 'private', fingerprint: 'theirs', publicKeyPem: '' },
    { tone: 'bad', mark: 'theirs', text: 'This file holds another key. Choose bot.pem.' },
  ],
  [{ kind: 'public' }, { tone: 'bad', text: 'This is a public key.' }],
  [{ kind: 'unreadable' }, { tone: 'bad', text: 'This file holds no private key. Choose bot.pem.' }],
])('of a file with %j', (saved, problem) => {
  expect(fileProblem(saved, 'ours', 'bot.pem')).toEqual(problem)
})

const refused = (status: number, code: string) => new ApiError({ status, code, message: 'refused' })

test.each<[Error, object]>([
  [new TypeError('fetch failed'), { tone: 'warn', text: 'The server was not reached. Checking waits.' }],
  [refused(403, 'ip_not_allowed'), { tone: 'warn', isProof: true, text: expect.stringMatching(/signature is right/) }],
  [refused(401, 'header_timestamp_expired'), { tone: 'warn', text: 'Signature not judged: clock 41 s off.' }],
  [refused(401, 'unheard_of'), { tone: 'bad', text: 'refused. ' }],
])('a check that ended with %s', (error, check) => {
  expect(refusedCheck(error, -41_000)).toEqual(check)
})
