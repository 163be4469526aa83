import { DEFAULT_PROFILE, DEFAULT_TAG } from '@countersign/client'
import type { Profile } from '@countersign/protocol'
import { Option } from 'commander'
import { usageError } from './cli-error.ts'
import type { CliCommand } from './command-line.ts'

/** The options of commands that sign requests. */
export interface SigningOptions {
  readonly profile?: Profile
  readonly tag?: string
}

/** The signature profiles, the one that covers more first. */
export const PROFILES = ['http-message-signatures', 'access-headers'] as const satisfies readonly Profile[]

/** Adds `--profile` and `--tag`. The flag names a signature profile; `profile use` chooses a connection profile. */
export function addSigningOptions(command: CliCommand): CliCommand {
  command.addOption(
    new Option(
      '--profile <name>',
      `how requests are signed, not a saved profile: ${PROFILES.join(' or ')} (else the saved profile in use, else ${DEFAULT_PROFILE})`,
    ).argParser(parseProfile),
  )
  command.option('--tag <text>', `tag of http-message-signatures (else the saved profile in use, else ${DEFAULT_TAG})`)
  return command
}

/** For calls that the server accepts by RFC 9421 only. The saved profile does not count, and no option changes this. */
export function requireMessageSignatures<Options extends SigningOptions>(options: Options): Options {
  if (options.profile === 'access-headers') {
    throw usageError(
      'this call is signed with http-message-signatures only',
      'leave out --profile',
      'Access headers cover neither query nor body, so the server takes them only where older clients need them.',
    )
  }
  return { ...options, profile: 'http-message-signatures' }
}

function parseProfile(text: string): Profile {
  const profile = PROFILES.find((name) => name === text)
  if (profile) return profile
  throw usageError(
    `--profile is how requests are signed: ${PROFILES.join(' or ')}`,
    `give one of these; a saved profile is chosen with: countersign profile use NAME`,
  )
}
