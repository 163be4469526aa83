// Signs a request by RFC 9421 with the client of Countersign, sends it and prints the answer.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE node with-client.ts METHOD URL [BODY]
import { readFileSync } from 'node:fs'
import { createSignedFetch } from '@countersign/client'

const { COUNTERSIGN_KEY_ID: keyId = '', COUNTERSIGN_KEY_FILE: keyFile = '' } = process.env
const [method = 'GET', url = '', body] = process.argv.slice(2)

const signedFetch = createSignedFetch({ keyId, privateKey: readFileSync(keyFile, 'utf8') })

const headers = { 'content-type': 'application/json' }
const response = await signedFetch(url, body === undefined ? { method } : { method, headers, body })
console.log(response.status, await response.text())
process.exitCode = response.ok ? 0 : 1
