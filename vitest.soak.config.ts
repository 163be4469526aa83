import { defineConfig } from 'vitest/config'
import { common } from './vitest.config.ts'

/** The long proofs: `npm run soak`. One after another, since each takes the whole machine. */
export default defineConfig({
  test: { ...common, include: ['e2e/soak/**/*.soak.ts'], fileParallelism: false },
})
