import { mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

const { include: _, ...common } = base.test ?? {}

/** The attacks at full length: `npm run soak:attacks`. One after another, since what they measure is how quick others are meanwhile. */
export default mergeConfig(
  { ...base, test: common },
  {
    test: {
      include: ['e2e/attacks/**/*.test.ts'],
      env: { COUNTERSIGN_ATTACKS: 'full' },
      fileParallelism: false,
      testTimeout: 600_000,
    },
  },
)
