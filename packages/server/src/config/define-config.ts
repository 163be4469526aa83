import type { Settings } from './settings.ts'

/** The content of a configuration file. Absent keys have their defaults. */
export type Config = Partial<
  Pick<
    Settings,
    | 'basePath'
    | 'publicPrefix'
    | 'headerPrefix'
    | 'publicUrl'
    | 'mode'
    | 'windowMs'
    | 'maxStalenessMs'
    | 'signatureTag'
    | 'scopes'
    | 'tiers'
    | 'defaultTier'
    | 'ownPublicKeyTier'
    | 'defaultCost'
    | 'rules'
    | 'trustedProxies'
    | 'authorize'
    | 'maxKeysPerAccount'
    | 'doctor'
    | 'verify'
  >
> & {
  readonly abuse?: Partial<Settings['abuse']>
  readonly admission?: Partial<Settings['admission']>
  readonly usage?: Partial<Settings['usage']>
  readonly connections?: Partial<Settings['connections']>
  readonly audit?: Partial<Settings['audit']>
}

/** Gives `export default defineConfig({…})` of a `countersign.config.ts` its types. */
export function defineConfig(config: Config): Config {
  return config
}
