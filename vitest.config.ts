import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// What Node compiled of the sources is kept: a test starts many a server.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url))

/** What every suite shares, the long ones too. */
export const common = {
  globalSetup: ['packages/server/test/postgres-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // Node imports the sources itself, as in production: to transform them for each suite took half of its time.
  experimental: { viteModuleRunner: false, nodeLoader: false },
}

/** A process for many files: to start one for each, and to import the server there, took longer than most of them. */
const inSharedProcesses = { ...common, isolate: false }

/** Replace modules by `vi.mock`, which needs Vite to import them. */
const MOCKING = [
  'packages/client/src/unusable-key.test.ts',
  'packages/protocol/src/http-message-signatures/{content-digest,cost}.test.ts',
]

export default defineConfig({
  test: {
    // Suites wait more than they reckon: three of them at once keep two cores busy.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        test: {
          ...inSharedProcesses,
          name: 'packages',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: MOCKING,
        },
      },
      { test: { ...inSharedProcesses, name: 'e2e', include: ['e2e/**/*.test.ts'] } },
      {
        test: {
          ...common,
          name: 'mocking',
          include: MOCKING,
          experimental: { viteModuleRunner: true },
        },
      },
    ],
  },
})
