import { mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

const { include: _, ...common } = base.test ?? {}

/** The long proofs: `npm run soak`. One after another, since each takes the whole machine. */
export default mergeConfig(
  { ...base, test: common },
  { test: { include: ['e2e/soak/**/*.soak.ts'], fileParallelism: false } },
)
