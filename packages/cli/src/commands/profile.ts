import { CliError, usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import { changesNothing } from '../option-values.ts'
import { checkProfileName, type Profiles, profilesPath, readProfiles, writeProfiles } from '../profiles.ts'
import { type ConnectionOptions, profileOf } from '../settings.ts'
import { addSigningOptions } from '../signing-options.ts'
import { renderTable } from '../terminal/table.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

/** `profile`: connections, saved under names. Only the path of a key file is saved, never its content. */
export function addProfileCommands(parent: CliCommand, io: Io): void {
  const profile = parent.command('profile').description('keep server, key and way of signing under a name')
  addSigningOptions(profile.command('save'))
    .description('save --url, --key-id, --key-file and, as the way of signing, --profile and --tag')
    .argument('<name>')
    .action(async (name: string, _: unknown, command: CliCommand) => save(name, command.optsWithGlobals(), io))
  profile
    .command('list')
    .description('list the saved profiles')
    .action(async (_: unknown, command: CliCommand) => list(command.optsWithGlobals(), io))
  profile
    .command('use')
    .description('use a profile from now on')
    .argument('<name>')
    .action(async (name: string, _: unknown, command: CliCommand) => use(name, command.optsWithGlobals(), io))
  profile
    .command('remove')
    .description('remove a profile; the key file stays')
    .argument('<name>')
    .action(async (name: string, _: unknown, command: CliCommand) => remove(name, command.optsWithGlobals(), io))
}

type Options = ConnectionOptions & OutputOptions

/** The first profile is the one in use. */
async function save(name: string, options: Options, io: Io): Promise<void> {
  const saved = profileOf(options, io)
  if (changesNothing(saved)) {
    throw usageError(
      'nothing to save',
      `countersign profile save ${checkProfileName(name)} --key-id ID --key-file FILE`,
    )
  }
  const before = await readProfiles(io)
  const profiles = new Map(before.profiles).set(checkProfileName(name), saved)
  const current = before.current ?? name
  await writeProfiles(io, { current, profiles })
  const inUse = current === name ? 'in use' : `use it with: countersign profile use ${name}`
  tell(`Profile ${name} saved to ${profilesPath(io)}, ${inUse}`, { name, ...saved }, options, io)
}

async function list(options: Options, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const { current, profiles } = await readProfiles(io)
  const rows = [...profiles]
  if (terminal.json) {
    const items = rows.map(([name, profile]) => ({ name, in_use: name === current, ...profile }))
    terminal.printJson({ profiles: items })
    return
  }
  if (rows.length === 0) {
    terminal.note('No profiles yet. Save one: countersign profile save NAME --key-id ID --key-file FILE\n')
    return
  }
  const column = (heading: string, cells: string[]) => ({ heading, cells: cells.map(escapeUntrusted) })
  const columns = [
    column(
      'NAME',
      rows.map(([name]) => name),
    ),
    column(
      'IN USE',
      rows.map(([name]) => (name === current ? 'yes' : 'no')),
    ),
    column(
      'URL',
      rows.map(([, { url }]) => url ?? 'default'),
    ),
    column(
      'KEY ID',
      rows.map(([, { key_id }]) => key_id ?? 'none'),
    ),
    column(
      'KEY FILE',
      rows.map(([, { key_file }]) => key_file ?? 'none'),
    ),
    column(
      'SIGNED BY',
      rows.map(([, { signature_profile }]) => signature_profile ?? 'default'),
    ),
  ]
  terminal.print(renderTable(columns, terminal.style.bold, terminal.fit))
}

async function use(name: string, options: Options, io: Io): Promise<void> {
  const { profiles } = await readProfiles(io)
  checkExists(name, profiles)
  await writeProfiles(io, { current: name, profiles })
  tell(`Profile ${name} in use`, { name }, options, io)
}

async function remove(name: string, options: Options, io: Io): Promise<void> {
  const before = await readProfiles(io)
  checkExists(name, before.profiles)
  const profiles = new Map(before.profiles)
  profiles.delete(name)
  await writeProfiles(io, { current: before.current === name ? undefined : before.current, profiles })
  tell(`Profile ${name} removed; its key file stays`, { name }, options, io)
}

function checkExists(name: string, profiles: Profiles['profiles']): void {
  if (profiles.has(name)) return
  throw new CliError({
    code: 'profile_not_found',
    message: `there is no profile ${name}`,
    fix: 'countersign profile list',
  })
}

function tell(text: string, document: object, options: Options, io: Io): void {
  const terminal = openTerminal(io, options)
  if (terminal.json) terminal.printJson(document)
  else terminal.print(`${terminal.style.signs.good} ${escapeUntrusted(text)}\n`)
}
