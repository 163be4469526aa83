import type { LinkPreview } from '@countersign/api'
import { ApiError } from '@countersign/client'

/** What is known of the sign-in link that this page was opened by. */
export interface LinkFacts {
  /** The code of the link; absent where the page was opened without one. */
  readonly code: string | undefined
  readonly isDeclined: boolean
  /** What the server says of the link. */
  readonly preview: LinkPreview | undefined
  readonly error: Error | undefined
}

/** What the page shows. */
export type LinkState =
  | { readonly kind: 'declined' | 'no_code' | 'loading' | 'used' | 'expired' | 'unknown' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'usable'; readonly code: string; readonly preview: LinkPreview }

/** What the page shows for a link. A code that the server cannot read is an unknown link, not a failure. */
export function linkStateOf({ code, isDeclined, preview, error }: LinkFacts): LinkState {
  if (isDeclined) return { kind: 'declined' }
  if (code === undefined) return { kind: 'no_code' }
  if (error instanceof ApiError && error.status === 400) return { kind: 'unknown' }
  if (error) return { kind: 'failed', error }
  if (!preview) return { kind: 'loading' }
  return preview.status === 'usable' ? { kind: 'usable', code, preview } : { kind: preview.status }
}
