import type { KeyType } from '@countersign/protocol'

/** What the commands use of `@countersign/server`. */
export interface ServerModule {
  /** Runs until it is stopped. Returns the exit code. */
  serve(options: {
    env: Readonly<Record<string, string | undefined>>
    overrides: ServeOverrides
    baseFolder: string
    note: (line: string) => void
    notesAreSeen: boolean
  }): Promise<number>
  /** Issues a key on the database directly. */
  bootstrap(options: {
    databaseUrl: string
    accountName: string
    operator?: boolean
    gate?: boolean
    tier?: string
    keyName?: string
    keyType?: KeyType
    tiers?: LoadedSettings['tiers']
    defaultTier?: string
  }): Promise<Bootstrapped>
  /** Makes a sign-in link on the database directly. */
  linkOnDatabase(
    settings: LoadedSettings,
    options: { accountName?: string; isOperator?: boolean; isReadOnly?: boolean },
  ): Promise<MadeLink>
  /** Reads settings as `serve` does; what is wrong with them is thrown together. */
  readSettings(
    env: Readonly<Record<string, string | undefined>>,
    overrides: { config?: string; databaseUrl?: string },
    baseFolder: string,
  ): Promise<LoadedSettings>
  /** Which rule a request comes under, and what it needs. */
  explainRule(settings: LoadedSettings, method: string, target: string): RuleExplanation
}

/** Options of `serve`, beside the environment and the configuration file. */
export interface ServeOverrides {
  readonly host?: string
  readonly port?: number
  readonly authorizePort?: number
  readonly plane?: 'both' | 'control' | 'data'
  readonly workers?: number
  readonly databaseUrl?: string
  readonly config?: string
  readonly singleNodePromises?: boolean
}

/** The settings of a server, as far as commands look at them; whole, they go back to the server. */
export interface LoadedSettings {
  /** Absolute path; absent where there is no file. */
  readonly configFile?: string
  readonly databaseUrl: string
  readonly host: string
  readonly port: number
  readonly publicUrl?: string
  readonly basePath: string
  readonly publicPrefix: string
  readonly rules: readonly { readonly match: string; readonly under?: 'root' }[]
  readonly tiers: Readonly<Record<string, object>>
  readonly defaultTier: string
}

/** What `explainRule` found. */
export interface RuleExplanation {
  readonly method: string
  readonly target: string
  readonly file?: string
  readonly passedOver: readonly { readonly number: number; readonly match: string; readonly why: string }[]
  readonly rule?: { readonly number: number; readonly match: string }
  readonly public?: true
  readonly needs?: {
    readonly scope?: string
    readonly cost: number
    readonly bucket: string
    readonly replay: string
    readonly minimumProfile?: string
  }
  readonly refused?: { readonly status: number; readonly code: string; readonly details?: string }
}

/** The link that `linkOnDatabase` made. */
export interface MadeLink {
  readonly location: string
  readonly account: { readonly name: string }
  readonly scopes: readonly string[]
  readonly url: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** What `bootstrap` did. */
export interface Bootstrapped {
  readonly database: { readonly location: string; readonly created: boolean }
  readonly account: { readonly id: string; readonly name: string; readonly created: boolean; readonly tier: string }
  readonly apiKey: {
    readonly apiKeyId: string
    readonly keyType: KeyType
    readonly scopes: readonly string[]
    readonly fingerprint: string
    /** PEM. */
    readonly privateKey: string
  }
}
