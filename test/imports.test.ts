import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { importCycles } from '../scripts/import-cycles.ts'
import {
  browserSafe,
  dependencyFree,
  featuresApart,
  type Import,
  importsDeclared,
  importsOf,
  type Manifest,
  type Module,
  namedExportsOnly,
  noComputedImports,
  noOwnIndex,
  noTestsInCode,
  oneProcessReader,
  oneWayToChange,
  packageEdges,
  serverRooms,
  stepsApart,
  violationsOf,
} from './import-rules.ts'
import { readModule } from './read-module.ts'

const ROOT = new URL('..', import.meta.url)
const FILES = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'))
const MODULES = FILES.map((file) => readModule(file, readFileSync(new URL(file, ROOT), 'utf8')))

describe('the sources', () => {
  it('are all here', () => {
    expect(FILES).toContain('packages/protocol/src/backend/node.ts')
    expect(FILES.length).toBeGreaterThan(50)
  })

  it('keep the import directions of ARCHITECTURE.md', () => {
    expect(violationsOf(MODULES)).toEqual([])
  })

  it('import each other in no cycle, types included', () => {
    expect(importCycles(importsOf(MODULES))).toEqual([])
    const [a, b, c] = ['a.ts', 'b.ts', 'c.ts'].map((name) => `packages/gate/src/${name}`) as [string, string, string]
    const cycle = [
      planted(a, { specifier: './b.ts', kind: 'static' }),
      planted(b, { specifier: './a.ts', kind: 'type' }),
      planted(c, { specifier: './a.ts', kind: 'static' }),
    ]
    expect(importCycles(importsOf(cycle))).toEqual([[a, b]])
  })

  it('load the client of Redis in one file of the server, and that file only when Redis is used', () => {
    const importersOf = (pattern: RegExp, kinds: readonly Import['kind'][]) =>
      MODULES.filter(
        ({ file, imports }) =>
          file.startsWith('packages/server/') &&
          !file.endsWith('.test.ts') &&
          imports.some(({ specifier = '', kind }) => pattern.test(specifier) && kinds.includes(kind)),
      ).map(({ file }) => file)
    const [user, opener] = ['admission-in-redis', 'open-admission'].map(
      (it) => `packages/server/src/admission/${it}.ts`,
    )
    expect(importersOf(/^@redis\/|^@countersign\/redis/, ['static', 'dynamic'])).toEqual([user])
    expect(importersOf(/\/admission-in-redis\.ts$/, ['static'])).toEqual([])
    expect(importersOf(/\/admission-in-redis\.ts$/, ['dynamic'])).toEqual([opener])
  })

  it('import only packages that their package.json declares', () => {
    const manifests = Object.fromEntries(
      globSync('packages/*/package.json', { cwd: ROOT }).map((file) => [
        file.split(/[\\/]/)[1] ?? '',
        JSON.parse(readFileSync(new URL(file, ROOT), 'utf8')) as Manifest,
      ]),
    )
    expect(Object.keys(manifests)).toContain('server')
    expect(MODULES.flatMap(importsDeclared(manifests))).toEqual([])
  })
})

describe('a package', () => {
  it.each([
    ['packages/gate/src/gate.ts', '@countersign/protocol'],
    ['packages/client/src/index.ts', '@countersign/api'],
    ['packages/server/src/app.ts', '@countersign/doctor'],
    ['packages/dashboard/src/main.ts', '@countersign/client'],
    ['packages/cli/src/run.ts', '@countersign/client'],
    ['packages/server/src/app.ts', 'fastify'],
    ['packages/server/src/app.ts', './log.ts'],
  ])('%s may import %s', (file, specifier) => {
    for (const kind of KINDS) expect(packageEdges(planted(file, { specifier, kind }))).toEqual([])
  })

  it.each([
    ['packages/protocol/src/key.ts', '@countersign/gate'],
    ['packages/gate/src/gate.ts', '@countersign/api'],
    ['packages/gate/src/gate.ts', '@countersign/server'],
    ['packages/gate/src/gate.ts', '@countersign/gate-tools'],
    ['packages/api/src/index.ts', '@countersign/client'],
    ['packages/api/src/index.ts', '@countersign/protocol'],
    ['packages/client/src/index.ts', '@countersign/server'],
    ['packages/client/src/index.ts', '@countersign/gate/fetch'],
    ['packages/server/src/app.ts', '@countersign/client'],
    ['packages/server/src/app.ts', 'countersign'],
    ['packages/server/src/app.ts', '@countersign/dashboard'],
    ['packages/server/src/app.ts', '@countersign/constructor'],
    ['packages/dashboard/src/main.ts', '@countersign/server'],
    ['packages/cli/src/run.ts', '@countersign/gate'],
    ['packages/server/src/app.ts', '../../protocol/src/key.ts'],
    ['packages/protocol/src/backend/node.ts', '../../../gate/src/gate.ts'],
    ['packages/unheard-of/src/a.ts', './b.ts'],
  ])('%s may not import %s', (file, specifier) => {
    for (const kind of KINDS) {
      expect(packageEdges(planted(file, { specifier, kind }))).toHaveLength(1)
      expect(violationsOf([planted(file, { specifier, kind })]).join()).toContain('(packageEdges)')
    }
  })

  it('cli imports server by import() only', () => {
    const specifier = '@countersign/server'
    expect(packageEdges(planted('packages/cli/src/main.ts', { specifier, kind: 'dynamic' }))).toEqual([])
    expect(packageEdges(planted('packages/cli/src/main.ts', { specifier, kind: 'static' }))).toHaveLength(1)
    expect(packageEdges(planted('packages/cli/src/main.ts', { specifier, kind: 'type' }))).toHaveLength(1)
  })

  it.each([
    [noOwnIndex, 'packages/protocol/src/key.ts', './index.ts'],
    [noOwnIndex, 'packages/protocol/src/backend/web.ts', '../index.ts'],
    [noOwnIndex, 'packages/protocol/src/key.ts', '@countersign/protocol'],
    [noTestsInCode, 'packages/gate/src/memory.ts', '../test/admission-contract.ts'],
    [noTestsInCode, 'packages/gate/src/memory.ts', '../test/fixtures.ts'],
    [noTestsInCode, 'packages/gate/src/memory.ts', './gate.test.ts'],
    [browserSafe, 'packages/protocol/src/key.ts', 'node:crypto'],
    [browserSafe, 'packages/gate/src/gate.ts', 'node:net'],
    [browserSafe, 'packages/client/src/index.ts', 'node:fs'],
    [browserSafe, 'packages/client/src/index.ts', './node.ts'],
    [browserSafe, 'packages/client/src/index.ts', './dispatch/signed-dispatch.ts'],
    [dependencyFree, 'packages/protocol/src/key.ts', '@noble/curves'],
    [dependencyFree, 'packages/gate/src/gate.ts', 'lru-cache'],
    [stepsApart, 'packages/gate/src/steps/check-clock.ts', './find-key.ts'],
    [featuresApart, 'packages/dashboard/src/features/keys/list.ts', '../usage/chart.ts'],
    [oneProcessReader, 'packages/server/src/config/settings.ts', 'node:process'],
    [serverRooms, 'packages/server/src/storage/accounts.ts', '../actions/create-key.ts'],
    [serverRooms, 'packages/server/src/storage/accounts.ts', '../routes/api-keys.ts'],
    [serverRooms, 'packages/server/src/actions/create-key.ts', '../routes/api-keys.ts'],
    [serverRooms, 'packages/server/src/routes/api-keys.ts', '../storage/accounts.ts'],
    [serverRooms, 'packages/server/src/storage/migrations/1.ts', '../../actions/create-key.ts'],
    [serverRooms, 'packages/server/src/routes/api-keys.ts', '../keypairs/generate-key-pair.ts'],
    [serverRooms, 'packages/server/src/routes/api-keys.ts', '../app.ts'],
    [serverRooms, 'packages/server/src/storage/accounts.ts', '../keys/key-feed.ts'],
    [serverRooms, 'packages/server/src/storage/accounts.ts', '../server-context.ts'],
    [serverRooms, 'packages/server/src/actions/create-key.ts', '../http/problem.ts'],
    [serverRooms, 'packages/server/src/actions/create-key.ts', '../observe/log.ts'],
    [serverRooms, 'packages/server/src/keys/key-access.ts', '../actions/create-key.ts'],
    [serverRooms, 'packages/server/src/http/problem.ts', '../routes/api-keys.ts'],
    [serverRooms, 'packages/server/src/admission/shared-lock.ts', '../routes/api-keys.ts'],
    [serverRooms, 'packages/server/src/admission/shared-lock.ts', '../storage/database.ts'],
    [serverRooms, 'packages/server/src/config/read-settings.ts', '../actions/create-key.ts'],
    [serverRooms, 'packages/server/src/config/read-settings.ts', '../observe/log.ts'],
    [serverRooms, 'packages/server/src/observe/log.ts', '../routes/metrics.ts'],
    [serverRooms, 'packages/server/src/observe/log.ts', '../actions/create-key.ts'],
    [oneWayToChange, 'packages/server/src/actions/create-key.ts', '../storage/transaction.ts'],
    [oneWayToChange, 'packages/server/src/keys/key-feed.ts', '../storage/change-api-keys.ts'],
    [oneWayToChange, 'packages/server/src/server.ts', './storage/change-api-keys.ts'],
  ])('by the rule %o, %s may not import %s', (rule, file, specifier) => {
    for (const kind of KINDS) {
      expect(rule(planted(file, { specifier, kind }))).toHaveLength(1)
      expect(violationsOf([planted(file, { specifier, kind })]).join()).toContain(file)
    }
  })

  it.each([
    [noOwnIndex, 'packages/gate/src/gate.ts', '@countersign/protocol'],
    [noOwnIndex, 'packages/gate/src/gate.ts', './steps/index.ts'],
    [browserSafe, 'packages/protocol/src/backend/node.ts', 'node:crypto'],
    [browserSafe, 'packages/client/src/dispatch/signed-dispatch.ts', 'node:querystring'],
    [browserSafe, 'packages/server/src/app.ts', 'node:http'],
    [dependencyFree, 'packages/gate/src/gate.ts', '@countersign/protocol'],
    [dependencyFree, 'packages/protocol/src/ready-key.ts', '#backend'],
    [dependencyFree, 'packages/server/src/app.ts', 'fastify'],
    [stepsApart, 'packages/gate/src/steps/check-clock.ts', '../decision.ts'],
    [stepsApart, 'packages/gate/src/gate.ts', './steps/check-clock.ts'],
    [featuresApart, 'packages/dashboard/src/features/keys/list.ts', './row.ts'],
    [featuresApart, 'packages/dashboard/src/features/keys/list.ts', '../../ui/table.ts'],
    [serverRooms, 'packages/server/src/routes/api-keys.ts', '../actions/create-key.ts'],
    [serverRooms, 'packages/server/src/actions/create-key.ts', '../storage/accounts.ts'],
    [serverRooms, 'packages/server/src/actions/create-key.ts', '../keypairs/generate-key-pair.ts'],
    [serverRooms, 'packages/server/src/routes/api-keys.ts', '../server-context.ts'],
    [serverRooms, 'packages/server/src/storage/postgres.ts', '../in-time.ts'],
    [serverRooms, 'packages/server/src/storage/postgres.ts', './unavailable.ts'],
    [serverRooms, 'packages/server/src/observe/log.ts', '../config/settings.ts'],
    [serverRooms, 'packages/server/src/server.ts', './storage/database.ts'],
    [oneWayToChange, 'packages/server/src/actions/change-keys.ts', '../storage/transaction.ts'],
    [oneWayToChange, 'packages/server/src/actions/count-decisions.ts', '../storage/transaction.ts'],
    [oneWayToChange, 'packages/server/src/actions/create-key.ts', '../storage/change-api-keys.ts'],
    [oneWayToChange, 'packages/server/src/keys/key-feed.ts', '../storage/transaction.ts'],
    [oneWayToChange, 'packages/server/src/storage/migrate.ts', './transaction.ts'],
  ])('by the rule %o, %s may import %s', (rule, file, specifier) => {
    for (const kind of KINDS) expect(rule(planted(file, { specifier, kind }))).toEqual([])
  })

  it('has each file of the server in a room, or in the list of the hall', () => {
    for (const file of ['main.ts', 'server-context.ts', 'keys/key-feed.ts', 'storage/migrations/001-first.ts']) {
      expect(serverRooms(planted(`packages/server/src/${file}`)), file).toEqual([])
    }
    for (const file of ['log.ts', 'constructor.ts', 'lib/log.ts', 'constructor/log.ts']) {
      expect(serverRooms(planted(`packages/server/src/${file}`)), file).toHaveLength(1)
      expect(violationsOf([planted(`packages/server/src/${file}`)]).join(), file).toContain('(serverRooms)')
    }
  })

  it('declares what it imports, as a dependency of any kind', () => {
    const rule = importsDeclared({
      client: { dependencies: { '@countersign/api': '1' }, peerDependencies: { undici: '8' } },
      server: { optionalDependencies: { pg: '8' } },
    })
    for (const kind of KINDS) {
      for (const specifier of [
        '@countersign/api',
        '@countersign/api/calls',
        'undici',
        './a.ts',
        '#backend',
        'node:fs',
      ]) {
        expect(rule(planted('packages/client/src/a.ts', { specifier, kind })), specifier).toEqual([])
      }
      expect(rule(planted('packages/server/src/a.ts', { specifier: 'pg/lib/a.js', kind }))).toEqual([])
      for (const specifier of ['@countersign/doctor', '@countersign/doctor/a', 'undici-types', 'pg', 'toString']) {
        expect(rule(planted('packages/client/src/a.ts', { specifier, kind })), specifier).toHaveLength(1)
      }
      expect(rule(planted('packages/client/src/a.test.ts', { specifier: 'pg', kind }))).toEqual([])
    }
  })

  it('takes the types of its framework and nothing else of it, in the file of an adapter', () => {
    const file = 'packages/gate/src/fastify.ts'
    expect(dependencyFree(planted(file, { specifier: 'fastify', kind: 'type' }))).toEqual([])
    expect(dependencyFree(planted(file, { specifier: 'express', kind: 'type' }))).toHaveLength(1)
    for (const kind of ['static', 'dynamic'] as const) {
      expect(dependencyFree(planted(file, { specifier: 'fastify', kind }))).toHaveLength(1)
    }
    expect(dependencyFree(planted('packages/gate/src/gate.ts', { specifier: 'fastify', kind: 'type' }))).toHaveLength(1)
  })

  it('uses no global of Node where a browser loads it', () => {
    for (const name of ['Buffer', 'process', 'require', '__dirname']) {
      expect(browserSafe({ ...planted('packages/protocol/src/key.ts'), names: [name] })).toHaveLength(1)
    }
    expect(browserSafe({ ...planted('packages/protocol/src/backend/node.ts'), names: ['Buffer'] })).toEqual([])
    expect(browserSafe({ ...planted('packages/server/src/app.ts'), names: ['Buffer'] })).toEqual([])
  })

  it('reads process in one file', () => {
    for (const file of [
      'packages/server/src/config/settings.ts',
      'packages/cli/src/run.ts',
      'packages/cli/src/terminal/main.ts',
    ]) {
      expect(oneProcessReader({ ...planted(file), names: ['process'] })).toHaveLength(1)
    }
    for (const file of ['packages/server/src/main.ts', 'packages/cli/src/main.ts']) {
      expect(oneProcessReader({ ...planted(file), names: ['process'] })).toEqual([])
    }
  })

  it('has named exports only, its tests as well, and no computed import()', () => {
    const file = 'packages/gate/src/gate.ts'
    expect(namedExportsOnly({ ...planted(file), hasDefaultExport: true })).toHaveLength(1)
    expect(violationsOf([{ ...planted(file), hasDefaultExport: true }])).toHaveLength(1)
    expect(violationsOf([{ ...planted('packages/gate/src/gate.test.ts'), hasDefaultExport: true }])).toHaveLength(1)
    expect(noComputedImports(planted(file, { specifier: undefined, kind: 'dynamic' }))).toHaveLength(1)
    expect(violationsOf([planted(file, { specifier: undefined, kind: 'dynamic' })])).toHaveLength(1)
  })

  it('may import anything in its tests', () => {
    for (const file of ['src/a.test.ts', 'test/a-contract.ts', 'test/a.ts']) {
      const imports = planted(`packages/gate/${file}`, { specifier: '@countersign/server', kind: 'static' })
      expect(violationsOf([imports])).toEqual([])
    }
  })
})

describe('readModule', () => {
  it('sees every form of import', () => {
    const text = `
      import { a, type A } from 'named'
      import { type B } from 'inline-type'
      import type { C } from 'type'
      import * as d from 'namespace'
      import 'side-effect'
      import json from 'attributes' with { type: 'json' }
      export { e } from 'export'
      export * from 'export-all'
      export * as f from 'export-namespace'
      export type { G } from 'export-type'
      export const h = await import('dynamic')
      export const i = async () => { if (a) return import(\`./\${a}\`) }
      export type J = import('type-query').K
      export type L = typeof import('typeof-query')
      // import 'comment'
      export const m = "import 'string'"`
    expect(readModule('a.ts', text).imports).toEqual([
      { specifier: 'named', kind: 'static' },
      { specifier: 'inline-type', kind: 'type' },
      { specifier: 'type', kind: 'type' },
      { specifier: 'namespace', kind: 'static' },
      { specifier: 'side-effect', kind: 'static' },
      { specifier: 'attributes', kind: 'static' },
      { specifier: 'export', kind: 'static' },
      { specifier: 'export-all', kind: 'static' },
      { specifier: 'export-namespace', kind: 'static' },
      { specifier: 'export-type', kind: 'type' },
      { specifier: 'dynamic', kind: 'dynamic' },
      { specifier: undefined, kind: 'dynamic' },
      { specifier: 'type-query', kind: 'type' },
      { specifier: 'typeof-query', kind: 'type' },
    ])
  })

  it('sees process wherever it is read, and not where it is only a name', () => {
    for (const text of [
      'process.env.A',
      'f(process)',
      'const { env } = process',
      'globalThis.process',
      '({ process })',
    ]) {
      expect(readModule('a.ts', text).names, text).toContain('process')
    }
    for (const text of [
      'a.process()',
      '({ process: 1 })',
      "'process.env'",
      '// process.env',
      'class A { process() {} }',
    ]) {
      expect(readModule('a.ts', text).names, text).not.toContain('process')
    }
  })

  it('sees default exports', () => {
    for (const text of ['export default 1', 'const a = 1\nexport { a as default }', "export { default } from 'a'"]) {
      expect(readModule('a.ts', text).hasDefaultExport, text).toBe(true)
    }
    for (const text of ['export const a = 1', "import a from 'a'\nexport { a }", "export { default as a } from 'a'"]) {
      expect(readModule('a.ts', text).hasDefaultExport, text).toBe(false)
    }
  })

  it('reads JSX', () => {
    const module = readModule('a.tsx', "import { A } from 'a'\nexport const b = <A process='x'>{process.env}</A>")
    expect(module).toMatchObject({ imports: [{ specifier: 'a', kind: 'static' }] })
    expect(module.names).toContain('process')
  })
})

const KINDS = ['static', 'dynamic', 'type'] as const

function planted(file: string, ...imports: Import[]): Module {
  return { file, imports, names: [], hasDefaultExport: false }
}
