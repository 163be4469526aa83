import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url)

/** Hosts that serve packages, in public or behind a company's walls, and what signs in to them. */
const REGISTRY = new RegExp(
  [
    String.raw`\bregistry(?:[.-][a-z0-9-]+)*\.[a-z]{2,}\b(?![(=])`,
    String.raw`//[^\s/"'\x60]*(?:registry|artifactory|nexus|verdaccio|npmmirror|jfrog|pkg\.dev)[^\s/"'\x60]*`,
    String.raw`//[^\s/"'\x60]+\.(?:internal|intranet|corp)\b`,
    String.raw`^\s*(?:@[a-z-]+:)?registry\s*=`,
    String.raw`:[_]auth(?:Token)?\b`,
  ].join('|'),
  'gim',
)

describe('the tracked files', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT })
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(new URL(file, ROOT)))

  it('are all here', () => {
    expect(files).toContain('package-lock.json')
    expect(files.length).toBeGreaterThan(50)
  })

  it('name no registry', () => {
    const named = files.flatMap((file) => registriesIn(read(file)).map((registry) => `${file}: ${registry}`))
    expect(named).toEqual([])
  })

  it('lock every package by its digest and from nowhere', () => {
    expect(placesIn(read('package-lock.json'))).toEqual([])
  })
})

describe('registriesIn', () => {
  // Each with a mark inside, so that this file passes its own check.
  it.each([
    'https://regis~try.npmjs.org/fastify/-/fastify-5.0.0.tgz',
    'npm config set regis~try.npmjs.org',
    'regis~try=https://example.test/',
    '@acme:regis~try = https://example.test/',
    'https://npm.arti~factory.acme.test/api/npm/',
    'http://ne~xus.acme.test:8081/',
    'http://packages.acme.inter~nal/',
    '//acme.test/:_au~thToken=x',
  ])('finds %s', (marked) => {
    expect(registriesIn(`a\n${marked.replace('~', '')}\nb`)).not.toEqual([])
  })

  it.each([
    'the registry of RFC 9421',
    'https://www.npmjs.com/package/fastify',
    'an entry in the registry.',
    'registry.get(1)',
  ])('passes %s', (text) => {
    expect(registriesIn(text)).toEqual([])
  })
})

describe('placesIn', () => {
  it('finds what a lock file says of where a package comes from', () => {
    const lock = { packages: { '': {}, 'node_modules/a': { resolved: 'https://example.test/a.tgz', integrity: 'x' } } }
    expect(placesIn(JSON.stringify(lock))).toEqual(['node_modules/a'])
  })

  it('finds a package without a digest', () => {
    expect(placesIn(JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }))).toEqual([
      'node_modules/a',
    ])
  })

  it('passes links to the workspace and packages inside of others', () => {
    const packages = {
      'node_modules/a': { version: '1.0.0', integrity: 'x' },
      'node_modules/a/node_modules/b': { version: '1.0.0', inBundle: true },
      'node_modules/@countersign/gate': { resolved: 'packages/gate', link: true },
      'packages/gate': { version: '0.1.0' },
    }
    expect(placesIn(JSON.stringify({ packages }))).toEqual([])
  })
})

function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8')
}

function registriesIn(text: string): string[] {
  return text.match(REGISTRY) ?? []
}

/** The packages of a lock file that name a place to come from, or lack the digest that makes the place irrelevant. */
function placesIn(lock: string): string[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, LockedPackage> }
  return Object.entries(packages)
    .filter(([path, { resolved, integrity, link, inBundle }]) => {
      if (link) return resolved === undefined || /[:@]/.test(resolved)
      const isInstalled = path.startsWith('node_modules/') || path.includes('/node_modules/')
      return resolved !== undefined || (isInstalled && !inBundle && integrity === undefined)
    })
    .map(([path]) => path)
}

interface LockedPackage {
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
}
