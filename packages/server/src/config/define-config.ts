import type { Config } from './config-schema.ts'

/** Gives `export default defineConfig({…})` of a `countersign.config.ts` its types. */
export function defineConfig(config: Config): Config {
  return config
}
