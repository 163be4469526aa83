import type { KeyType } from '@countersign/protocol'

/** What the commands use of `@countersign/server`. */
export interface ServerModule {
  /** Runs until it is told to stop; answers with the exit code. */
  serve(options: {
    env: Readonly<Record<string, string | undefined>>
    overrides: { host?: string; port?: number; databaseUrl?: string }
    baseFolder: string
    note: (line: string) => void
  }): Promise<number>
  /** Issues a key on the database directly. */
  bootstrap(options: {
    databaseUrl: string
    accountName: string
    tier?: string
    keyName?: string
    keyType?: KeyType
  }): Promise<Bootstrapped>
  defaultDatabaseUrl(baseFolder: string): string
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
