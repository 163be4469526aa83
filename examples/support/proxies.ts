import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ports, withPorts } from './ports.ts'
import { type Program, startProgram } from './program.ts'

/** The proxies that the examples start. */
export type ProxyKind = 'nginx' | 'caddy'

/** How a proxy is started. */
export interface ProxyOptions {
  readonly ports: Ports
  /** Changes the recipe before it is used. */
  readonly edit?: (recipe: string) => string
}

/** Starts nginx or Caddy with the recipe of its example, in a folder of its own that goes when it stops. */
export async function startProxy(
  kind: ProxyKind,
  { ports, edit = (recipe) => recipe }: ProxyOptions,
): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), `countersign-${kind}-`))
  try {
    // Started by root, nginx's workers are somebody else, who must find their own files there.
    await chmod(folder, 0o755)
    const recipe = async (name: string) => edit(withPorts(await readExample(`${kind}/${name}`), ports))
    const start = kind === 'nginx' ? startNginx : startCaddy
    const program = await start(folder, recipe, ports)
    const removed = program.ended.catch(() => undefined).then(() => rm(folder, { recursive: true, force: true }))
    return {
      ...program,
      async stop() {
        await program.stop()
        await removed
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** The text of a file of the examples. */
export function readExample(name: string): Promise<string> {
  return readFile(new URL(`../${name}`, import.meta.url), 'utf8')
}

type Recipe = (name: string) => Promise<string>

async function startNginx(folder: string, recipe: Recipe, ports: Ports): Promise<Program> {
  const config = join(folder, 'nginx.conf')
  await writeFile(config, await readExample('nginx/nginx.conf'))
  await writeFile(join(folder, 'countersign.conf'), await recipe('countersign.conf'))
  const args = ['-e', 'stderr', '-p', folder, '-c', config]
  return startProgram({ command: 'nginx', args, listensOn: [ports.public] })
}

async function startCaddy(folder: string, recipe: Recipe, ports: Ports): Promise<Program> {
  const config = join(folder, 'Caddyfile')
  await writeFile(config, await recipe('Caddyfile'))
  return startProgram({
    command: 'caddy',
    args: ['run', '--adapter', 'caddyfile', '--config', config],
    env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    listensOn: [ports.public],
  })
}
