// Makes what is published: JavaScript with declarations out of the sources, and a tarball of each package.
// npm run release:pack [-- FOLDER]    FOLDER takes the tarballs; dist/packages by default
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Manifest, publishedManifest } from './published-manifest.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Those that are published, each after the ones that it needs. */
const PACKAGES = ['protocol', 'native-verify', 'gate', 'redis', 'doctor', 'api', 'client', 'server', 'cli']

/** Parts of a package that are published as they are, where it has them. */
const PARTS = ['bin', 'public', 'configuration.schema.json']

const target = resolve(process.argv[2] ?? join(ROOT, 'dist', 'packages'))
const work = join(target, 'unpacked')
await rm(target, { recursive: true, force: true })
await mkdir(work, { recursive: true })
await buildDashboard()
const emitted = await emit()
for (const name of PACKAGES) await stage(name, emitted)
await rm(emitted, { recursive: true })
const { stdout } = await run(
  'npm',
  ['pack', '--silent', '--pack-destination', target, ...PACKAGES.map((name) => join(work, name))],
  { cwd: target },
)
await rm(work, { recursive: true })
process.stdout.write(stdout.replace(/^(?=.)/gm, `${target}/`))

/** The dashboard writes itself into the server's `public`, where it has a build. */
async function buildDashboard(): Promise<void> {
  const manifest = await readManifest('dashboard')
  const scripts = manifest.scripts as Readonly<Record<string, string>> | undefined
  if (scripts?.build) await run('npm', ['run', '--silent', 'build', '-w', manifest.name], { cwd: ROOT })
}

async function emit(): Promise<string> {
  const folder = join(work, 'emitted')
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  await run(tsc, ['-p', join(ROOT, 'tsconfig.release.json'), '--outDir', folder], { cwd: ROOT })
  const files = await readdir(folder, { recursive: true })
  await Promise.all(
    files.filter((file) => file.endsWith('.d.ts')).map((file) => rewriteDeclaration(join(folder, file))),
  )
  return folder
}

/** The compiler rewrites `./a.ts` as `./a.js` in scripts and leaves it in declarations, where there is no `a.ts` to be found. */
async function rewriteDeclaration(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g, '$1.js'))
}

async function stage(name: string, emitted: string): Promise<void> {
  const source = join(ROOT, 'packages', name)
  const folder = join(work, name)
  const present = (await readdir(source)).filter((entry) => PARTS.includes(entry))
  await cp(join(emitted, name, 'src'), join(folder, 'dist'), { recursive: true })
  for (const entry of present) await cp(join(source, entry), join(folder, entry), { recursive: true })
  const manifest = await readManifest(name)
  for (const program of Object.values(manifest.bin ?? {})) await startCompiled(join(folder, program))
  await cp(join(source, 'README.md'), join(folder, 'README.md'))
  await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(manifest, present), null, 2)}\n`)
}

/** A program starts the sources in the workspace, and what was compiled of them where it is installed. */
async function startCompiled(program: string): Promise<void> {
  const text = await readFile(program, 'utf8')
  const starts = [...text.matchAll(/'\.\.\/src\/([\w/-]+)\.ts'/g)]
  if (starts.length !== 1) throw new Error(`${program} does not import one source`)
  await writeFile(program, text.replace(/'\.\.\/src\/([\w/-]+)\.ts'/, "'../dist/$1.js'"))
}

async function readManifest(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, 'packages', name, 'package.json'), 'utf8')) as Manifest
}
