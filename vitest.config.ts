import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'e2e/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['packages/server/test/postgres-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
