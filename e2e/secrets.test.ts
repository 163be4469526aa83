import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootstrap } from '@countersign/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Connection, connectTo, type RequestToSend, type WholeAnswer } from './support/connection.ts'
import { eventually } from './support/eventually.ts'
import { holdWrites } from './support/hold-writes.ts'
import { type KeyHolder, keyHolder } from './support/key-holder.ts'
import { createRandom } from './support/random.ts'
import { runStatement } from './support/run-statement.ts'
import { DIALECTS } from './support/running-server.ts'
import { type DatabaseFiles, makeDatabaseFiles } from './support/secrets/database-files.ts'
import { plantEachEncoding } from './support/secrets/plant.ts'
import { privateParameters, type Secret } from './support/secrets/private-parameters.ts'
import { createSecretSearch, type Finding, type SecretSearch } from './support/secrets/search.ts'
import { makeWitness, type Witness } from './support/secrets/witnessed.ts'
import { type ServerProcess, type ServerProcessOptions, startServerProcess } from './support/server-process.ts'

const API = '/trade-api/v2'
const KEY_TYPES = ['rsa', 'ed25519'] as const
const KEYS_OF_EACH_TYPE = 25
const CALLERS = 4

describe.each(DIALECTS)('the private keys that the server generates (%s)', { timeout: 300_000 }, (dialect) => {
  let database: DatabaseFiles
  /** Of accounts of their own, because each may have 100 keys. */
  let callers: KeyHolder[]
  /** PEM texts. */
  let issued: string[]

  beforeAll(async () => {
    database = await makeDatabaseFiles(dialect)
    callers = []
    issued = []
    for (let index = 0; index < CALLERS; index++) {
      const account = { accountName: `caller ${index}`, tier: 'prestige', keyType: KEY_TYPES[0] }
      const { apiKey } = await bootstrap({ databaseUrl: database.url, ...account })
      issued.push(apiKey.privateKey)
      callers.push(keyHolder(apiKey.apiKeyId, apiKey.privateKey))
    }
  })
  afterAll(() => database?.remove())

  test('are in the one answer that hands each out, and nowhere else', async () => {
    const server = await start()
    const answers: string[] = []
    try {
      await Promise.all(callers.map((caller, index) => generateShare(server, caller, index, answers)))
      expect(issued).toHaveLength(CALLERS + KEY_TYPES.length * KEYS_OF_EACH_TYPE)
      answers.push(...(await askEverythingElse(server)))

      const secrets = secretsOf(issued)
      const search = createSecretSearch(secrets)
      const files = await database.list()
      const texts = { answers: answers.join('\n'), ...outputOf(server) }
      expect(texts.log).toContain('"msg":"refused"')
      if (dialect === 'sqlite') expect(files).toContain(`${database.url.slice('sqlite:'.length)}-wal`)
      expect(await findings(search, files, texts)).toEqual([])

      await expectPublicKeys(files)
      await expectPlanted(search, secrets, files, texts)
    } finally {
      await kill(server)
    }
  })

  test('leave no trace where they were made ahead and nobody asked for them', async () => {
    const witness = await makeWitness({ ahead: 1 })
    const server = await start(witness.options)
    try {
      await eventually(100_000, () => witness.keys().some((pem) => pem.includes('BEGIN RSA PRIVATE KEY')))
      server.signal('SIGTERM')
      expect(await server.ended).toEqual({ code: 0, signal: null })
      await expectNowhere(witness, outputOf(server))
    } finally {
      await kill(server)
      await witness.remove()
    }
  })

  test('leave no trace where the request fails after its key was made', async () => {
    const witness = await makeWitness({ ahead: 0 })
    const server = await start(witness.options)
    const answers: string[] = []
    try {
      await runStatement(database.url, 'alter table key_changes rename to away')
      for (const keyType of KEY_TYPES) {
        const answer = await sendOnce(server, generateRequest(callers[0], 'fault', keyType))
        expect(answer.status).toBe(500)
        answers.push(textOf(answer))
      }
      await runStatement(database.url, 'alter table away rename to key_changes')
      await abandonWhileGenerating(server, witness)
      expect(witness.keys()).toHaveLength(2 * KEY_TYPES.length)
      server.signal('SIGTERM')
      expect(await server.ended).toEqual({ code: 0, signal: null })
      await expectNowhere(witness, { answers: answers.join('\n'), ...outputOf(server) })
    } finally {
      await kill(server)
      await witness.remove()
    }
  })

  test('leave no trace where an error that nobody catches ends the process', async () => {
    const witness = await makeWitness({ ahead: 0, throws: true })
    const server = await start(witness.options)
    try {
      // The thread that makes RSA key pairs ends and is started again. Ed25519 key pairs are made in the main thread.
      for (const name of ['first', 'second']) await sendOnce(server, generateRequest(callers[0], name, 'rsa'))
      await eventually(30_000, () => server.stdout().includes('the thread that makes key pairs has failed'))
      await expect(sendOnce(server, generateRequest(callers[0], 'fatal', 'ed25519'))).rejects.toThrow()
      expect((await server.ended).code).not.toBe(0)
      expect(server.stderr()).toContain('injected')
      expect(witness.keys().length).toBeGreaterThanOrEqual(3)
      await expectNowhere(witness, outputOf(server))
    } finally {
      await kill(server)
      await witness.remove()
    }
  })

  function start(options: Partial<ServerProcessOptions> = {}): Promise<ServerProcess> {
    return startServerProcess({
      ...options,
      databaseUrl: database.url,
      folder: database.serverFolder,
      env: { ...options.env, TMPDIR: database.serverFolder, COUNTERSIGN_LOG_LEVEL: 'trace' },
    })
  }

  /** One caller's part of the keys; what is kept of an answer is all but the private key. */
  async function generateShare(server: ServerProcess, caller: KeyHolder, index: number, answers: string[]) {
    const connection = connectTo(server.url)
    for (let count = index; count < KEY_TYPES.length * KEYS_OF_EACH_TYPE; count += CALLERS) {
      const keyType = KEY_TYPES[count < KEYS_OF_EACH_TYPE ? 0 : 1] ?? 'rsa'
      const answer = await sendUntilAnswered(connection, generateRequest(caller, `key ${count}`, keyType))
      expect(answer.status).toBe(201)
      const { private_key: pem, ...rest } = JSON.parse(answer.body)
      issued.push(pem)
      answers.push(textOf({ ...answer, body: JSON.stringify(rest) }))
    }
    connection.close()
  }

  /** Public calls, calls with keys of both types, refusals, and keys that were sent where they do not belong. */
  async function askEverythingElse(server: ServerProcess): Promise<string[]> {
    const [as] = callers
    const pem = issued.at(-1) ?? ''
    const publicTargets = ['/openapi.json', '/docs', '/healthz', '/readyz', '/metrics', '/deployment', '/nowhere']
    const signedTargets = [`${API}/api_keys`, `${API}/account/limits`, `${API}/account/endpoint_costs`]
    const bodies = [
      { name: 'x', public_key: pem },
      { name: pem },
      { name: 'x', scopes: [pem] },
      { name: 'x', key_type: pem },
      { name: { private_key: pem } },
      { name: 'x', subaccount: pem },
    ]
    const requests: RequestToSend[] = [
      ...publicTargets.map((target) => ({ method: 'GET', target })),
      ...callers.flatMap((caller) => signedTargets.map((target) => ({ method: 'GET', target, as: caller }))),
      ...['PUT', 'DELETE'].map((method) => ({ method, target: `${API}/api_keys`, ...(as && { as }) })),
      { method: 'DELETE', target: `${API}/api_keys/unknown`, ...(as && { as }) },
      { method: 'GET', target: `${API}/api_keys`, headers: { 'kalshi-access-signature': 'AAAA' } },
      { method: 'GET', target: `${API}/api_keys` },
      ...bodies.flatMap((json) =>
        ['', '/generate'].map((path) => ({
          method: 'POST',
          target: `${API}/api_keys${path}`,
          json,
          ...(as && { as }),
        })),
      ),
      // A body that is text, not JSON, with the key in it.
      ...['', '/generate'].map((path) => ({
        method: 'POST',
        target: `${API}/api_keys${path}`,
        text: `{"private_key": ${JSON.stringify(pem)}`,
        ...(as && { as }),
      })),
    ]
    const answers: string[] = []
    for (const request of requests) answers.push(textOf(await sendOnce(server, request)))
    return answers
  }

  /** Callers leave when their keys have been made and cannot be stored yet. */
  async function abandonWhileGenerating(server: ServerProcess, witness: Witness): Promise<void> {
    const before = witness.keys().length
    const writes = await holdWrites(database.url)
    const leaving = new AbortController()
    const requests = KEY_TYPES.map((keyType) =>
      sendOnce(server, { ...generateRequest(callers[0], 'abandoned', keyType), signal: leaving.signal }),
    )
    await eventually(30_000, () => witness.keys().length === before + KEY_TYPES.length)
    leaving.abort()
    for (const request of requests) await expect(request).rejects.toThrow()
    await writes.release()
  }

  async function expectNowhere(witness: Witness, texts: Readonly<Record<string, string>>): Promise<void> {
    // Its file is where the deployment key belongs.
    const files = await database.list()
    const ownFile = files.find((file) => file.endsWith('deployment-key.pem'))
    const own = ownFile === undefined ? '' : await readFile(ownFile, 'utf8')
    const keys = witness.keys().filter((pem) => pem.trim() !== own.trim())
    expect(await findings(createSecretSearch(secretsOf(keys)), files, texts)).toEqual([])
  }

  /** The files that were searched do hold the rows of the keys: their public halves are found in them, by the same search. */
  async function expectPublicKeys(files: readonly string[]): Promise<void> {
    const publicKeys = issued.map((pem, index) => {
      const { n, x } = createPublicKey(pem).export({ format: 'jwk' })
      return { name: `public key ${index}`, bytes: Buffer.from(String(n ?? x), 'base64url') }
    })
    const found = await findings(createSecretSearch(publicKeys), files, {})
    expect(new Set(found.map(({ secret }) => secret))).toEqual(new Set(publicKeys.map(({ name }) => name)))
  }

  /** In each encoding, in the very texts and in a file of the database: without this, finding nothing says nothing. */
  async function expectPlanted(
    search: SecretSearch,
    secrets: readonly Secret[],
    files: readonly string[],
    texts: Readonly<Record<string, string>>,
  ): Promise<void> {
    const random = createRandom()
    const large: string[] = []
    for (const file of files) if ((await stat(file)).size >= 4096) large.push(file)
    const places = [await readFile(random.pick(large)), Buffer.from(texts.answers ?? ''), Buffer.from(texts.log ?? '')]
    for (const place of places) {
      for (const { secret, encoding, bytes } of plantEachEncoding(place, secrets, random)) {
        expect(search.inBytes('here', bytes), `seed ${random.seed}`).toContainEqual({ where: 'here', secret, encoding })
      }
    }
  }
})

function generateRequest(as: KeyHolder | undefined, name: string, keyType: string): RequestToSend {
  const json = { name, key_type: keyType }
  return { method: 'POST', target: `${API}/api_keys/generate`, json, ...(as && { as }) }
}

/** Sends a request again as long as `Retry-After` says so: a busy machine makes RSA key pairs slowly. */
async function sendUntilAnswered(connection: Connection, request: RequestToSend): Promise<WholeAnswer> {
  for (;;) {
    const answer = await connection.send(request)
    const { 'retry-after': after } = answer.headers
    if (answer.status !== 503 || after === undefined) return answer
    await sleep(Number(after) * 1000)
  }
}

async function sendOnce({ url }: ServerProcess, request: RequestToSend): Promise<WholeAnswer> {
  const connection = connectTo(url)
  try {
    return await connection.send(request)
  } finally {
    connection.close()
  }
}

function textOf({ status, rawHeaders, body }: WholeAnswer): string {
  return [status, ...rawHeaders, body].join('\n')
}

function outputOf(server: ServerProcess): { log: string; stderr: string } {
  return { log: server.stdout(), stderr: server.stderr() }
}

function secretsOf(pems: readonly string[]): Secret[] {
  return pems.flatMap((pem, index) => privateParameters(`key ${index}`, pem))
}

async function findings(
  search: SecretSearch,
  files: readonly string[],
  texts: Readonly<Record<string, string>>,
): Promise<Finding[]> {
  const found = Object.entries(texts).flatMap(([name, text]) => search.inBytes(name, Buffer.from(text)))
  for (const file of files) {
    // Files of the moment come and go.
    if (existsSync(file)) found.push(...(await search.inFile(file)))
  }
  return found
}

async function kill(server: ServerProcess): Promise<void> {
  server.kill()
  await server.ended
}
