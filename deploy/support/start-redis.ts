import { type Program, startProgram } from '../../examples/support/program.ts'

/**
 * Starts Redis as Countersign needs it. `noeviction`: no claim may go while it counts. Each second the append-only file
 * is synced, so that a restart forgets little; Countersign refuses what may have been forgotten.
 *
 * @param folder where it keeps its data
 */
export function startRedis(folder: string, port: number): Promise<Program> {
  const settings = {
    port: `${port}`,
    bind: '127.0.0.1',
    dir: folder,
    maxmemory: '256mb',
    'maxmemory-policy': 'noeviction',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  return startProgram({ command: 'redis-server', args, listensOn: [port] })
}
