import { resolve } from 'node:path'
import { DEFAULT_BASE_PATH } from '@countersign/api/paths'
import { DEFAULT_PROFILE, DEFAULT_TAG } from '@countersign/client'
import { DEFAULT_HEADER_PREFIX, type Profile } from '@countersign/protocol'
import { CliError, usageError } from './cli-error.ts'
import type { Io } from './io.ts'
import { checkKeyFilePath } from './key-file.ts'
import { readProfiles, type SavedProfile } from './profiles.ts'
import type { SigningOptions } from './signing-options.ts'

/** The options that name a server and a key, and how requests are signed. */
export interface ConnectionOptions extends SigningOptions {
  readonly url?: string
  readonly keyId?: string
  readonly keyFile?: string
  readonly basePath?: string
  readonly headerPrefix?: string
}

/** The server, the key, and how the key signs. */
export interface Connection {
  readonly url: string
  readonly keyId: string | undefined
  /** The path as given, or the absolute path of a profile. */
  readonly keyFile: string | undefined
  /** How requests are signed. */
  readonly profile: Profile
  /** The tag of RFC 9421 signatures. */
  readonly tag: string
  /** The beginning of the API's paths. */
  readonly basePath: string
  /** The prefix of the access headers' names. */
  readonly headerPrefix: string
}

/** The default server. */
export const DEFAULT_URL = 'http://127.0.0.1:4100'

/**
 * Settings in order of precedence: option, environment, saved profile in use, default. If server and key are named in
 * another way, the saved profile does not count.
 */
export async function readConnection(options: ConnectionOptions, io: Io): Promise<Connection> {
  const said = {
    url: options.url ?? set(io.env.COUNTERSIGN_URL),
    keyId: options.keyId ?? set(io.env.COUNTERSIGN_KEY_ID),
    keyFile: options.keyFile ?? set(io.env.COUNTERSIGN_KEY_FILE),
  }
  const isComplete = said.url !== undefined && said.keyId !== undefined && said.keyFile !== undefined
  const saved = isComplete ? {} : await readCurrentProfile(io)
  const keyFile = said.keyFile ?? saved.key_file
  return {
    url: checkUrl(said.url ?? saved.url ?? DEFAULT_URL),
    keyId: said.keyId ?? saved.key_id,
    keyFile: keyFile === undefined ? undefined : checkKeyFilePath(keyFile, '--key-file'),
    profile: options.profile ?? saved.signature_profile ?? DEFAULT_PROFILE,
    tag: checkTag(options.tag ?? saved.signature_tag ?? DEFAULT_TAG),
    basePath: checkBasePath(options.basePath ?? io.env.COUNTERSIGN_BASE_PATH ?? saved.base_path ?? DEFAULT_BASE_PATH),
    headerPrefix: checkHeaderPrefix(
      options.headerPrefix ?? set(io.env.COUNTERSIGN_HEADER_PREFIX) ?? saved.header_prefix ?? DEFAULT_HEADER_PREFIX,
    ),
  }
}

/** The key of a connection, for commands that need one. */
export function requireKey({ keyId, keyFile }: Connection): { keyId: string; keyFile: string } {
  if (keyId !== undefined && keyFile !== undefined) return { keyId: checkKeyId(keyId), keyFile }
  const missing =
    keyId === undefined ? (keyFile === undefined ? 'a key id and a key file are' : 'a key id is') : 'a key file is'
  throw new CliError({
    code: 'usage',
    message: `no key to sign with: ${missing} needed`,
    fix: 'give --key-id ID --key-file FILE, set COUNTERSIGN_KEY_ID and COUNTERSIGN_KEY_FILE, or save a profile: countersign profile save NAME --key-id ID --key-file FILE',
    exitCode: 2,
  })
}

/** The saved form of a connection: the key file by its absolute path. */
export function profileOf(options: ConnectionOptions, io: Io): SavedProfile {
  const { url, keyId, keyFile, profile, tag, basePath, headerPrefix } = options
  return {
    url: url === undefined ? undefined : checkUrl(url),
    key_id: keyId,
    key_file: keyFile === undefined ? undefined : resolve(io.cwd, checkKeyFilePath(keyFile, '--key-file')),
    signature_profile: profile,
    signature_tag: tag === undefined ? undefined : checkTag(tag),
    base_path: basePath === undefined ? undefined : checkBasePath(basePath),
    header_prefix: headerPrefix === undefined ? undefined : checkHeaderPrefix(headerPrefix),
  }
}

async function readCurrentProfile(io: Io): Promise<SavedProfile> {
  const { current, profiles } = await readProfiles(io)
  return (current === undefined ? undefined : profiles.get(current)) ?? {}
}

function checkKeyId(keyId: string): string {
  if (/^[\x21-\x7e]+$/.test(keyId)) return keyId
  throw usageError('the key id has characters that no key id has', 'copy it whole from: countersign keys list --json')
}

function checkTag(tag: string): string {
  if (/^[\x20-\x7e]+$/.test(tag)) return tag
  throw usageError('--tag must be printable ASCII', 'give the tag that the server asks for')
}

function checkBasePath(basePath: string): string {
  if (/^(?!.*\/\.{1,2}(?:\/|$))(?:\/[A-Za-z0-9._~-]{1,64}){0,16}$/.test(basePath)) return basePath
  throw usageError(
    '--base-path is not usable',
    'give one like /trade-api/v2, or "" for none: as the server is configured',
  )
}

function checkHeaderPrefix(prefix: string): string {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(prefix)) return prefix
  throw usageError('--header-prefix is not usable', 'give one like KALSHI: as the server is configured')
}

function checkUrl(text: string): string {
  const url = URL.parse(text)
  const fits =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  if (fits) return url.href.replace(/\/+$/, '')
  throw usageError(
    'the URL of the server is not usable',
    `give one like ${DEFAULT_URL} with --url or COUNTERSIGN_URL`,
    'It must begin with http:// or https:// and have no user, query or fragment.',
  )
}

function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
