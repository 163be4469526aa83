import { defineConfig } from 'vitest/config'
import { common } from './vitest.config.ts'

/** The attacks at full length: `npm run soak:attacks`. One after another, since what they measure is how quick others are meanwhile. */
export default defineConfig({
  test: {
    ...common,
    include: ['e2e/attacks/**/*.test.ts'],
    env: { COUNTERSIGN_ATTACKS: 'full' },
    fileParallelism: false,
    testTimeout: 600_000,
  },
})
