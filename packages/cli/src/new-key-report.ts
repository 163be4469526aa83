import { listApiKeys } from '@countersign/api/calls'
import { DEFAULT_BASE_PATH } from '@countersign/api/paths'
import { keyMark } from '@countersign/client'
import { decodeBase64Url } from '@countersign/protocol'
import type { Io } from './io.ts'
import { DEFAULT_URL } from './settings.ts'
import { shellQuote } from './shell-quote.ts'
import { labelled, type Terminal } from './terminal/terminal.ts'
import { escapeUntrusted } from './terminal/untrusted.ts'

/** A new key, for people. */
export interface NewKey {
  readonly name: string
  readonly apiKeyId: string
  readonly fingerprint: string
  /** The file as the user named it. */
  readonly file: string
  /** The server, if it is known. */
  readonly url?: string
}

/** The report of a new key whose private key was saved. */
export function newKeyReport(key: NewKey, { style }: Terminal, io: Io): string {
  const { signs, bold, next } = style
  return `${signs.good} Key ${bold(escapeUntrusted(key.name))} made\n${labelled([
    ['key id', escapeUntrusted(key.apiKeyId)],
    ['fingerprint', key.fingerprint],
    ['mark', markNameOf(key.fingerprint)],
    ['private key', `${escapeUntrusted(key.file)} (mode 0600). It is nowhere else and cannot be shown again.`],
    ['try it', next(escapeUntrusted(tryIt(key, io)))],
  ])}`
}

/** The name of the rosette that the dashboard draws for the key. */
function markNameOf(fingerprint: string): string {
  const digest = decodeBase64Url(fingerprint)
  return digest?.length === 32 ? keyMark(digest).name : 'unknown'
}

/** A command to paste: it signs with the new key. */
function tryIt({ apiKeyId, file, url = DEFAULT_URL }: NewKey, io: Io): string {
  const command = io.env.npm_command ? 'npx countersign' : 'countersign'
  const server = url === DEFAULT_URL ? '' : ` --url ${shellQuote(url)}`
  const path = DEFAULT_BASE_PATH + listApiKeys.path
  return `${command} request GET ${path} --key-id ${shellQuote(apiKeyId)} --key-file ${shellQuote(file)}${server}`
}
