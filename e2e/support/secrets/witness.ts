/**
 * Loaded into each thread of a server before its program: writes every private key that node:crypto generates to the file
 * `WITNESS_FILE`, so that a test also knows the keys whose answer never came. With `WITNESS_THROW` an error that nobody
 * catches then ends the thread.
 */
import crypto from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

type Generate = (type: string, options: object) => { publicKey: Buffer; privateKey: Buffer }

const { WITNESS_FILE = '', WITNESS_THROW } = process.env
const generate = crypto.generateKeyPairSync as unknown as Generate

function generateBeforeWitness(type: string, options: object): ReturnType<Generate> {
  const pair = generate(type, options)
  const format = type === 'rsa' ? 'pkcs1' : 'pkcs8'
  const key = crypto.createPrivateKey({ key: pair.privateKey, format: 'der', type: format })
  appendFileSync(WITNESS_FILE, `${JSON.stringify(key.export({ format: 'pem', type: format }))}\n`)
  if (WITNESS_THROW) queueMicrotask(failUncaught)
  return pair
}

function failUncaught(): never {
  throw new Error('injected')
}

crypto.generateKeyPairSync = generateBeforeWitness as unknown as typeof crypto.generateKeyPairSync
syncBuiltinESMExports()
