import {
  type CallApi,
  createCallApi,
  createManagementClient,
  createSignedFetch,
  type ManagementClient,
} from '@countersign/client'
import type { Profile } from '@countersign/protocol'
import { CliError } from './cli-error.ts'
import type { Io } from './io.ts'
import { readPrivateKeyFile } from './key-file.ts'
import { type ConnectionOptions, readConnection, requireKey } from './settings.ts'

/** A server and the key that its requests are signed with. */
export interface SignedConnection {
  readonly url: string
  readonly keyId: string
  readonly keyFile: string
  /** How its requests are signed. */
  readonly profile: Profile
  readonly fetch: typeof globalThis.fetch
  /** Makes any call, by its definition in `@countersign/api/calls`. */
  readonly call: CallApi
  /** The calls on the own account, by shorter names. */
  readonly client: ManagementClient
}

/** Time for the head of an answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000

/** Reads the settings and the private key; nothing is sent yet. */
export async function connect(options: ConnectionOptions, io: Io): Promise<SignedConnection> {
  const connection = await readConnection(options, io)
  const { keyId, keyFile } = requireKey(connection)
  const { url, profile, tag, basePath, headerPrefix } = connection
  const fetch = createSignedFetch({
    baseUrl: url,
    keyId,
    privateKey: await readPrivateKeyFile(keyFile, io),
    profile,
    tag,
    headerPrefix,
    now: io.now,
    // A command says what was refused and what to do about it. It does not wait, and does not correct a clock.
    maxWaitMs: 0,
    correctsClock: false,
    fetch: sendTo(url, io),
  })
  const to = { url, basePath, fetch, now: io.now }
  return { url, keyId, keyFile, profile, fetch, call: createCallApi(to), client: createManagementClient(to) }
}

/** A client for the calls that need no API key. */
export async function connectUnsigned(options: ConnectionOptions, io: Io): Promise<ManagementClient> {
  const { url, basePath } = await readConnection(options, io)
  return createManagementClient({ url, basePath, fetch: sendTo(url, io), now: io.now })
}

/** Sends within the time limit. An error names the server that did not answer. */
function sendTo(url: string, io: Io): typeof globalThis.fetch {
  return async (input, init) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), ANSWER_TIMEOUT_MS)
    try {
      return await io.fetch(input, { ...init, signal: AbortSignal.any([io.interrupted, late.signal]) })
    } catch (error) {
      if (io.interrupted.aborted) throw interrupted()
      throw unreachable(url, late.signal.aborted ? 'ETIMEDOUT' : reasonOf(error))
    } finally {
      clearTimeout(timer)
    }
  }
}

function interrupted(): CliError {
  return new CliError({ code: 'interrupted', message: 'interrupted', fix: 'run it again' })
}

function unreachable(url: string, reason: string): CliError {
  const refused = reason === 'ECONNREFUSED'
  return new CliError({
    code: refused ? 'connection_refused' : 'unreachable',
    message: `${url} cannot be reached: ${REASONS[reason] ?? reason}`,
    fix: refused ? 'start the server with npm start, or name another with --url' : 'check --url and the network',
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  ETIMEDOUT: `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`,
}

/** `fetch` hides the reason of a failure in causes. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
