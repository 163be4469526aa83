import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Profile } from '@countersign/protocol'
import { CliError, usageError } from './cli-error.ts'
import type { Io } from './io.ts'
import { shellQuote } from './shell-quote.ts'
import { PROFILES } from './signing-options.ts'

/** Settings saved under a name. The private key stays in its own file. */
export interface SavedProfile {
  readonly url?: string
  readonly key_id?: string
  /** Absolute path. */
  readonly key_file?: string
  /** How requests are signed, if it is not the default. */
  readonly signature_profile?: Profile
  readonly signature_tag?: string
  readonly base_path?: string
  readonly header_prefix?: string
}

/** All saved profiles and the one in use. */
export interface Profiles {
  readonly current: string | undefined
  readonly profiles: ReadonlyMap<string, SavedProfile>
}

/** A profile's name, or a usage error. */
export function checkProfileName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return name
  throw usageError('a profile name has 1 to 64 letters, digits, dots, hyphens and underscores', 'choose another name')
}

/** The file of the profiles (XDG base directories: a relative path counts as none). */
export function profilesPath({ env, home }: Io): string {
  const configured = env.XDG_CONFIG_HOME
  const folder = configured && isAbsolute(configured) ? configured : join(home, '.config')
  return join(folder, 'countersign', 'profiles.json')
}

/** The saved profiles; none if the file does not exist. */
export async function readProfiles(io: Io): Promise<Profiles> {
  const path = profilesPath(io)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { current: undefined, profiles: new Map() }
    }
    throw unreadable(path)
  }
  return parseProfiles(text) ?? fail(unreadable(path))
}

/** Replaces the saved profiles in one step. Mode 0600. */
export async function writeProfiles(io: Io, { current, profiles }: Profiles): Promise<void> {
  const path = profilesPath(io)
  const text = JSON.stringify({ current, profiles: Object.fromEntries(profiles) }, null, 2)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${crypto.randomUUID()}`
  try {
    await writeFile(temporary, `${text}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function parseProfiles(text: string): Profiles | undefined {
  try {
    const { current, profiles } = JSON.parse(text) as { current?: unknown; profiles: Record<string, unknown> }
    const entries = Object.entries(profiles)
    if (!entries.every(([, profile]) => isProfile(profile))) return undefined
    return {
      current: typeof current === 'string' ? current : undefined,
      profiles: new Map(entries as [string, SavedProfile][]),
    }
  } catch {
    return undefined
  }
}

function isProfile(value: unknown): value is SavedProfile {
  if (typeof value !== 'object' || value === null) return false
  if ('signature_profile' in value && !PROFILES.some((name) => name === value.signature_profile)) return false
  return Object.values(value).every((field) => typeof field === 'string')
}

function unreadable(path: string): CliError {
  return new CliError({
    code: 'profiles_unreadable',
    message: `${path} cannot be read as saved profiles`,
    fix: `correct it, or remove it and save the profiles again: rm ${shellQuote(path)}`,
  })
}

function fail(error: Error): never {
  throw error
}
