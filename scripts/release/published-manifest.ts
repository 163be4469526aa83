/** A package.json, as far as it differs when it is published. */
export interface Manifest {
  readonly name: string
  readonly exports?: Targets
  readonly imports?: Targets
  readonly bin?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** What names lead to: a file, or one for each condition. */
interface Targets {
  readonly [name: string]: string | Targets
}

/** What only the workspace needs. */
const UNPUBLISHED = ['private', 'scripts', 'devDependencies']

/**
 * The package.json of a published package: names lead to the JavaScript in `dist` and to its declarations, where in the
 * workspace they lead to the TypeScript in `src`.
 *
 * @param folders that are published beside `dist`
 * @throws Error where a name leads to anything but a source
 */
export function publishedManifest(manifest: Manifest, folders: readonly string[]): Manifest {
  const fields = Object.entries(manifest).filter(([field]) => !UNPUBLISHED.includes(field))
  return {
    ...Object.fromEntries(fields),
    name: manifest.name,
    ...(manifest.exports && {
      exports: { ...compiled(manifest.exports, withTypes), './package.json': './package.json' },
    }),
    ...(manifest.imports && { imports: compiled(manifest.imports, scriptOf) }),
    files: ['dist', ...folders],
  }
}

/** `./src/a/b.ts` as `./dist/a/b.js`. */
function scriptOf(source: string): string {
  const path = /^\.\/src\/(.+)\.ts$/.exec(source)?.[1]
  if (path === undefined) throw new Error(`${source} is no source: only ./src/….ts can be published`)
  return `./dist/${path}.js`
}

/** `types` first: the first condition that holds is taken. */
function withTypes(source: string): Targets {
  const script = scriptOf(source)
  return { types: script.replace(/\.js$/, '.d.ts'), default: script }
}

function compiled(targets: Targets, compile: (source: string) => string | Targets): Targets {
  const entries = Object.entries(targets).map(([name, target]) => [
    name,
    typeof target === 'string' ? compile(target) : compiled(target, compile),
  ])
  return Object.fromEntries(entries)
}
