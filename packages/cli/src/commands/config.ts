import type { CliCommand, Finish } from '../command-line.ts'
import type { Io } from '../io.ts'
import { addConfigCheckCommand } from './config-check.ts'
import { addConfigExplainCommand } from './config-explain.ts'

/** `config`: answers about a server's configuration. The server need not run. */
export function addConfigCommands(parent: CliCommand, io: Io, finish: Finish): void {
  const config = parent.command('config').description('check the configuration, explain its rules')
  addConfigCheckCommand(config, io, finish)
  addConfigExplainCommand(config, io)
}
