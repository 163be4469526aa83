/**
 * Loaded into a server before its program: writes every private key that node:crypto generates to the file `WITNESS_FILE`, so
 * that a test knows those too whose answer never came. With `WITNESS_THROW` it then ends the process by an error nobody catches.
 */
import crypto from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'

type Generate = (type: string, options: object) => Promise<{ publicKey: unknown; privateKey: string }>

const { WITNESS_FILE = '', WITNESS_THROW } = process.env
const generate = promisify(crypto.generateKeyPair) as unknown as Generate

async function generateBeforeWitness(type: string, options: object): ReturnType<Generate> {
  const pair = await generate(type, options)
  appendFileSync(WITNESS_FILE, `${JSON.stringify(pair.privateKey)}\n`)
  if (WITNESS_THROW) queueMicrotask(failUncaught)
  return pair
}

function failUncaught(): never {
  throw new Error('injected')
}

const replaced = Object.assign(() => undefined, { [promisify.custom]: generateBeforeWitness })
crypto.generateKeyPair = replaced as unknown as typeof crypto.generateKeyPair
syncBuiltinESMExports()
