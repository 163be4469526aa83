import { Command } from 'commander'
import { usageError } from './cli-error.ts'

/** A commander command whose mistakes are usage errors that point to its help. */
export class CliCommand extends Command {
  override createCommand(name?: string): CliCommand {
    return new CliCommand(name)
  }

  override error(message: string): never {
    const [problem = '', ...hints] = message.replace(/^error: /, '').split('\n')
    const suggestion = hints.join(' ').replace(/^\((.*)\)$/, '$1')
    throw usageError(
      problem,
      `countersign ${pathOf(this)} --help`.replace('  ', ' '),
      suggestion || `usage: ${usageOf(this)}`,
    )
  }
}

/** Ends a command that has printed everything itself. */
export type Finish = (exitCode: number) => void

/** `keys generate` */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : ''
}

function usageOf(command: Command): string {
  return `countersign ${pathOf(command)} ${command.usage()}`.replace(/ +/g, ' ')
}
