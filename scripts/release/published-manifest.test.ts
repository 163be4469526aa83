import { expect, test } from 'vitest'
import { publishedManifest } from './published-manifest.ts'

test('names lead to JavaScript and its declarations; what only the workspace needs is left out', () => {
  const manifest = {
    name: '@countersign/protocol',
    private: true,
    scripts: { build: 'x' },
    devDependencies: { a: '1' },
    dependencies: { b: '1' },
    exports: { '.': './src/index.ts', './sub': './src/a/sub.ts' },
    imports: { '#backend': { node: './src/backend/node.ts', default: './src/backend/web.ts' } },
  }
  expect(publishedManifest(manifest, ['bin'])).toEqual({
    name: '@countersign/protocol',
    dependencies: { b: '1' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './sub': { types: './dist/a/sub.d.ts', default: './dist/a/sub.js' },
      './package.json': './package.json',
    },
    imports: { '#backend': { node: './dist/backend/node.js', default: './dist/backend/web.js' } },
    files: ['dist', 'bin'],
  })
})

test('a name that leads to no source is refused', () => {
  expect(() => publishedManifest({ name: 'a', exports: { '.': './lib/index.js' } }, [])).toThrow('is no source')
})
