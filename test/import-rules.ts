import { posix } from 'node:path'

/** One import of a module: `export … from` is static, `import('…')` is dynamic, all that types need is a type. */
export interface Import {
  /** `undefined` where it is computed. */
  readonly specifier: string | undefined
  readonly kind: 'static' | 'dynamic' | 'type'
}

/** What the rules look at in one file. */
export interface Module {
  /** From the repository's root: `packages/gate/src/gate.ts`. */
  readonly file: string
  readonly imports: readonly Import[]
  /** Names that the code uses and may not have declared. */
  readonly names: readonly string[]
  readonly hasDefaultExport: boolean
}

/** A rule of ARCHITECTURE.md ("Packages"): what is wrong with a module, one text a violation. */
export type Rule = (module: Module) => string[]

type Edge = 'always' | 'lazily'

const EDGES: Readonly<Record<string, Readonly<Record<string, Edge>>>> = {
  protocol: {},
  'native-verify': { protocol: 'always' },
  doctor: { protocol: 'always' },
  gate: { protocol: 'always' },
  redis: { protocol: 'always', gate: 'always' },
  api: {},
  client: { protocol: 'always', api: 'always' },
  server: {
    protocol: 'always',
    'native-verify': 'always',
    gate: 'always',
    redis: 'always',
    doctor: 'always',
    api: 'always',
  },
  dashboard: { client: 'always', api: 'always', protocol: 'always', doctor: 'always' },
  cli: { client: 'always', api: 'always', protocol: 'always', doctor: 'always', server: 'lazily' },
}

/** Packages that a browser loads, or may. */
const BROWSER_SAFE = ['protocol', 'gate', 'doctor', 'api', 'client', 'dashboard']
const NODE_ONLY_NAMES = ['process', 'Buffer', 'require', '__dirname', '__filename']
/** Files and folders that no browser loads: behind a condition or a subpath of their own. */
const NODE_ONLY = [
  'packages/protocol/src/backend/node.ts',
  'packages/doctor/src/backend/node.ts',
  'packages/client/src/node.ts',
  'packages/gate/src/express.ts',
  'packages/gate/src/fastify.ts',
  'packages/gate/src/node.ts',
  'packages/gate/src/node-body.ts',
  'packages/gate/src/node-request.ts',
  'packages/gate/src/open-sockets.ts',
  'packages/gate/src/ws.ts',
  'packages/client/src/undici.ts',
  'packages/client/src/dispatch/',
]

const DEPENDENCY_FREE = ['protocol', 'gate']
/** Whose types an adapter's file needs. Its user has that package; nothing of it is loaded from there. */
const TYPES_OF_PEERS: Readonly<Record<string, string>> = {
  'packages/gate/src/express.ts': 'express',
  'packages/gate/src/fastify.ts': 'fastify',
  'packages/gate/src/open-sockets.ts': 'ws',
  'packages/gate/src/ws.ts': 'ws',
}

/** The only readers of `process`, a package each. */
const PROCESS_READERS: Readonly<Record<string, string>> = {
  server: 'packages/server/src/main.ts',
  cli: 'packages/cli/src/main.ts',
}

/** Loads what is not ours: the operator's configuration file. */
const CONFIGURATION_LOADER = 'packages/server/src/config/load-module.ts'

const SERVER = 'packages/server/src/'

/** The files of the server that lie in no room, and the rooms that may import each. */
const HALL: Readonly<Record<string, readonly string[]>> = {
  'main.ts': [],
  'index.ts': [],
  'server.ts': [],
  'control-plane.ts': [],
  'app.ts': [],
  'version.ts': [],
  'server-context.ts': ['routes', 'http'],
  'in-time.ts': ['authorize', 'keys', 'nodes', 'storage'],
}

/** The rooms of the server, and the other rooms that each may import. Routes call actions, and actions call storage. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  routes: ['actions', 'config', 'http', 'keys', 'refusals', 'sessions', 'threads'],
  actions: ['config', 'keypairs', 'sessions', 'storage'],
  authorize: ['admission', 'config', 'doctor', 'http', 'keys', 'observe', 'refusals', 'storage', 'threads', 'usage'],
  audit: ['config', 'keypairs', 'storage'],
  cascades: ['actions', 'storage'],
  keys: ['config', 'observe', 'storage', 'usage'],
  http: ['config', 'observe', 'storage'],
  observe: ['admission', 'audit', 'config', 'http', 'keypairs', 'threads'],
  usage: ['config', 'storage'],
  doctor: ['config', 'threads'],
  admission: [],
  config: [],
  keypairs: ['threads'],
  nodes: ['admission', 'config', 'storage'],
  refusals: ['storage'],
  sessions: [],
  storage: [],
  threads: [],
}

/** Packages import only the packages that ARCHITECTURE.md lists for them, by their names. */
export const packageEdges: Rule = (module) => {
  const from = packageOf(module.file)
  const allowed = EDGES[from]
  if (!allowed) return [`${from} is no package of ARCHITECTURE.md`]
  return targetsOf(module).flatMap(({ target, kind, specifier }) => {
    const to = packageOf(target)
    if (to === from || !target.startsWith('packages/')) return []
    if (specifier.startsWith('.')) return [`${specifier} reaches into ${to}`]
    if (!Object.hasOwn(allowed, to)) return [`${from} may not import ${to}`]
    return allowed[to] === 'lazily' && kind !== 'dynamic' ? [`${from} may import ${to} by import() only`] : []
  })
}

/** What a browser loads imports nothing of Node and uses no global of Node. */
export const browserSafe: Rule = (module) => {
  if (!BROWSER_SAFE.includes(packageOf(module.file)) || isNodeOnly(module.file)) return []
  const imports = targetsOf(module)
    .filter(({ target }) => target.startsWith('node:') || isNodeOnly(target))
    .map(({ specifier }) => specifier)
  return [...imports, ...module.names.filter((name) => NODE_ONLY_NAMES.includes(name))].map((it) => `${it} is of Node`)
}

/** protocol and gate import no package but ours; an adapter the types of its framework. */
export const dependencyFree: Rule = (module) => {
  if (!DEPENDENCY_FREE.includes(packageOf(module.file))) return []
  return targetsOf(module)
    .filter(({ target }) => !/^(packages\/|#|node:)/.test(target))
    .filter(({ target, kind }) => kind !== 'type' || target !== TYPES_OF_PEERS[module.file])
    .map(({ specifier }) => `${specifier} is a dependency`)
}

/** A step of the gate imports no other step. */
export const stepsApart: Rule = (module) => {
  const steps = 'packages/gate/src/steps/'
  if (!module.file.startsWith(steps)) return []
  return targetsOf(module)
    .filter(({ target }) => target.startsWith(steps))
    .map(({ specifier }) => `${specifier} is another step`)
}

/** A feature of the dashboard imports no other feature. */
export const featuresApart: Rule = (module) => {
  const feature = /^packages\/dashboard\/src\/features\/[^/]+/
  const own = feature.exec(module.file)?.[0]
  if (!own) return []
  return targetsOf(module)
    .filter(({ target }) => (feature.exec(target)?.[0] ?? own) !== own)
    .map(({ specifier }) => `${specifier} is another feature`)
}

/** No module imports through the index of its own package. */
export const noOwnIndex: Rule = (module) => {
  const own = packageOf(module.file)
  return targetsOf(module)
    .filter(({ target }) => [`packages/${own}`, `packages/${own}/src/index.ts`].includes(target))
    .map(({ specifier }) => `${specifier} is the index of its own package`)
}

/** Files that need of `process` what no other API of Node has. They read nothing of the environment. */
const OTHER_PROCESS_READERS: readonly string[] = [
  // The clock that all threads of a process share.
  'packages/server/src/admission/thread-clocks.ts',
  // The id of this process, and whether another one runs.
  'packages/server/src/nodes/this-process.ts',
]

/** `process` is read in one file of the server and one of the CLI. */
export const oneProcessReader: Rule = (module) => {
  const reader = PROCESS_READERS[packageOf(module.file)]
  if (reader === undefined || module.file === reader || OTHER_PROCESS_READERS.includes(module.file)) return []
  const isRead =
    module.names.includes('process') || specifiersOf(module).some((specifier) => /^(node:)?process$/.test(specifier))
  return isRead ? [`only ${reader} may read process`] : []
}

/** In the server, a file lies in a room or is one of the hall's; a room imports only what {@link ROOMS} and {@link HALL} allow. */
export const serverRooms: Rule = (module) => {
  if (!module.file.startsWith(SERVER)) return []
  const from = roomOf(module.file)
  if (from === undefined) {
    const name = module.file.slice(SERVER.length)
    return Object.hasOwn(HALL, name) ? [] : [`${name} belongs into a room`]
  }
  const allowed = Object.hasOwn(ROOMS, from) ? ROOMS[from] : undefined
  if (!allowed) return [`${from} is no room of the server`]
  return targetsOf(module).flatMap(({ target }) => {
    if (!target.startsWith(SERVER)) return []
    const to = roomOf(target)
    const isAllowed =
      to === undefined ? HALL[target.slice(SERVER.length)]?.includes(from) : to === from || allowed.includes(to)
    return isAllowed ? [] : [`${from} may not import ${to ?? target.slice(SERVER.length)}`]
  })
}

/** Opens the transactions that change keys, with their audit events and their notices to the caches. */
const CHANGE_KEYS = 'packages/server/src/actions/change-keys.ts'
/** The only other action that opens one. It writes counts. */
const COUNT_DECISIONS = 'packages/server/src/actions/count-decisions.ts'

/** In the server, keys change through `changeKeys` only: no other action opens a transaction, and only actions change keys. */
export const oneWayToChange: Rule = (module) => {
  const from = roomOf(module.file)
  if (!module.file.startsWith(SERVER) || from === 'storage') return []
  return targetsOf(module).flatMap(({ target }) => {
    if (target === `${SERVER}storage/change-api-keys.ts` && from !== 'actions') return ['only actions change keys']
    if (target !== `${SERVER}storage/transaction.ts` || from !== 'actions') return []
    return [CHANGE_KEYS, COUNT_DECISIONS].includes(module.file) ? [] : ['an action changes keys through changeKeys']
  })
}

/** Code that ships imports no test and no test's support. */
export const noTestsInCode: Rule = (module) =>
  targetsOf(module)
    .filter(({ target }) => isTest(target))
    .map(({ specifier }) => `${specifier} is a test`)

/** A module exports names only. */
export const namedExportsOnly: Rule = (module) => (module.hasDefaultExport ? ['has a default export'] : [])

/** An import() names what it loads, so that these rules can see it. Only the configuration file is an operator's to name. */
export const noComputedImports: Rule = (module) =>
  module.file !== CONFIGURATION_LOADER && module.imports.some(({ specifier }) => specifier === undefined)
    ? ['has a computed import()']
    : []

/** What a package.json says that its package needs where it is installed. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/**
 * A package imports only packages that its own package.json declares: installed alone, it loads. Types count too, since
 * declarations are published.
 *
 * @param manifests by the name of the package's folder
 */
export function importsDeclared(manifests: Readonly<Record<string, Manifest>>): Rule {
  return ({ file, imports }) => {
    if (isTest(file)) return []
    const { dependencies, optionalDependencies, peerDependencies } = manifests[packageOf(file)] ?? {}
    const declared = { ...dependencies, ...optionalDependencies, ...peerDependencies }
    return specifiersOf({ imports })
      .filter((specifier) => !/^(\.|#|node:)/.test(specifier))
      .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier)
      .filter((name) => !Object.hasOwn(declared, name))
      .map((name) => `${file}: ${name} is not declared in package.json`)
  }
}

const RULES = {
  packageEdges,
  browserSafe,
  dependencyFree,
  stepsApart,
  featuresApart,
  noOwnIndex,
  oneProcessReader,
  serverRooms,
  oneWayToChange,
  noTestsInCode,
  noComputedImports,
  namedExportsOnly,
}

/** By file, the files of ours that it imports, as a type too. What it loads later, by `import()`, does not count. */
export function importsOf(modules: readonly Module[]): Map<string, string[]> {
  return new Map(
    modules.map((module) => [
      module.file,
      targetsOf(module)
        .filter(({ kind }) => kind !== 'dynamic')
        .map(({ target }) => target),
    ]),
  )
}

/** All violations of all rules. Tests may import what they like; they still have named exports only. */
export function violationsOf(modules: readonly Module[]): string[] {
  return modules.flatMap((module) => {
    const rules = isTest(module.file) ? { namedExportsOnly } : RULES
    return Object.entries(rules).flatMap(([name, rule]) =>
      rule(module).map((problem) => `${module.file}: ${problem} (${name})`),
    )
  })
}

function isNodeOnly(file: string): boolean {
  return NODE_ONLY.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)))
}

function isTest(file: string): boolean {
  return /\.test\.tsx?$|-contract\.ts$|^packages\/[^/]+\/(?:src\/)?test(?:ing)?\//.test(file)
}

function packageOf(file: string): string {
  return /^packages\/([^/]+)/.exec(file)?.[1] ?? ''
}

/** The folder of the server that a file is in; `undefined` for the hall. */
function roomOf(file: string): string | undefined {
  return /^packages\/server\/src\/([^/]+)\//.exec(file)?.[1]
}

function specifiersOf({ imports }: Pick<Module, 'imports'>): string[] {
  return imports.flatMap(({ specifier }) => specifier ?? [])
}

/** Each import with what it leads to: a file or package folder of ours from the root, or the name of another package. */
function targetsOf({ file, imports }: Module): { target: string; specifier: string; kind: Import['kind'] }[] {
  return imports.flatMap(({ specifier, kind }) =>
    specifier === undefined ? [] : [{ target: targetOf(file, specifier), specifier, kind }],
  )
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  if (/^countersign($|\/)/.test(specifier)) return `packages/cli${specifier.slice('countersign'.length)}`
  return specifier.replace(/^@countersign\//, 'packages/')
}
