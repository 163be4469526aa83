/** How a server checks who calls. */
export type Check = 'gate' | 'verify' | 'jose'

/** All of them. */
export const CHECKS: readonly Check[] = ['gate', 'verify', 'jose']

/** What a server of the benchmark is started with, as JSON. */
export interface Setup {
  readonly check: Check
  readonly databaseUrl: string
  readonly publicKeyPem: string
}
