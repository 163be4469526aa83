import type { CliCommand, Finish } from '../command-line.ts'
import { problemsOf } from '../describe-error.ts'
import type { Io } from '../io.ts'
import type { LoadedSettings } from '../server-module.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface CheckOptions extends OutputOptions {
  readonly config?: string
}

/** `config check` */
export function addConfigCheckCommand(parent: CliCommand, io: Io, finish: Finish): void {
  parent
    .command('check')
    .description('read file and environment as the server would, and name all that is wrong')
    .option('--config <file>', 'configuration file (COUNTERSIGN_CONFIG, else countersign.config.*)')
    .action(async (_: unknown, command: CliCommand) => finish(await check(command.optsWithGlobals(), io)))
}

async function check({ config, ...options }: CheckOptions, io: Io): Promise<0 | 1> {
  const terminal = openTerminal(io, options)
  const server = await io.loadServer()
  try {
    const settings = await server.readSettings(io.env, { config }, io.baseFolder)
    tellSettings(settings, io.baseFolder, terminal)
    return 0
  } catch (error) {
    const problems = problemsOf(error)
    if (problems.length === 0) throw error
    tellProblems(problems, terminal)
    return 1
  }
}

function tellSettings(settings: LoadedSettings, baseFolder: string, terminal: Terminal): void {
  const { configFile, basePath, rules, tiers, defaultTier } = settings
  if (terminal.json) {
    const names = { tiers: Object.keys(tiers), default_tier: defaultTier }
    terminal.printJson({ valid: true, file: configFile ?? null, base_path: basePath, rules: rules.length, ...names })
    return
  }
  const { style } = terminal
  const facts = [
    ['file', configFile ?? `none in ${baseFolder}: all is as it is by default`],
    ['base path', basePath || 'none'],
    ['rules', rules.length > 0 ? String(rules.length) : 'none: GET and HEAD need read, all else write'],
    ['tiers', `${Object.keys(tiers).join(', ')} (default: ${defaultTier})`],
  ] as const
  terminal.print(`${style.signs.good} ${style.bold('The configuration can be used')}\n`)
  terminal.print(labelled(facts.map(([label, value]) => [label, escapeUntrusted(value)])))
}

function tellProblems(problems: readonly string[], terminal: Terminal): void {
  if (terminal.json) {
    terminal.printJson({ valid: false, problems })
    return
  }
  const { style } = terminal
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  terminal.print(`${style.signs.bad} ${style.bold(`The configuration cannot be used: ${count}`)}\n`)
  for (const problem of problems) terminal.print(`  ${escapeUntrusted(problem)}\n`)
}
