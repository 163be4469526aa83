/** What the server says about itself in the page's HTML. All of it is public. */
export interface Deployment {
  readonly deploymentId: string
  readonly basePath: string
  /** What an outer proxy removes from the paths that clients call and sign; empty for nothing. */
  readonly publicPrefix: string
  readonly headerPrefix: string
  readonly signatureTag: string | null
  /** Accepted clock difference to either side, in milliseconds. */
  readonly windowMs: number
  readonly publicUrl?: string
  /** All scopes of the deployment. */
  readonly scopes: readonly string[]
  /** Usage tiers, lowest first. */
  readonly tiers: readonly string[]
  /** The lowest tier that may register its own public keys; any tier where absent. */
  readonly ownPublicKeyTier?: string
  readonly maxKeysPerAccount: number
  readonly mode: 'enforce' | 'observe'
}

/** The deployment that served this page. */
export const deployment: Deployment = JSON.parse(
  document.querySelector('meta[name="countersign"]')?.getAttribute('content') ?? '{}',
)

/** The prefix of a session's first nonces. */
export const firstNonce: string =
  document.querySelector('meta[name="countersign-nonce"]')?.getAttribute('content') ?? ''

/** The origin that programs call. */
export const apiUrl: string = deployment.publicUrl ?? location.origin

/** What the paths of the API begin with, as programs call and sign them. */
export const publicBasePath: string = deployment.publicPrefix + deployment.basePath

/** What the deployment is called: its host. */
export const deploymentName: string = new URL(apiUrl).host
