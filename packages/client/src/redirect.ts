/** A redirect that was not followed. Its message names origins only. */
export class RedirectRefused extends Error {
  override readonly name = 'RedirectRefused'
}

/** One request of a chain of redirects. */
export interface Hop {
  readonly url: URL
  readonly method: string
  /** Whether the body is sent again. */
  readonly sendsBody: boolean
}

/** The parts of an answer that say where to go. */
export interface RedirectAnswer {
  readonly status: number
  readonly location: string | null | undefined
  /** Whether the platform hides the redirect, as browsers do. */
  readonly isOpaque: boolean
}

/** The most redirects that are followed, as in the Fetch standard. */
export const MAX_REDIRECTS = 20

const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * The next request of a redirect (Fetch standard, HTTP-redirect fetch), or `undefined` if the answer is final.
 *
 * @throws RedirectRefused if it leads to another origin, because a signature is for one origin only, or leads nowhere
 */
export function nextHop({ status, location, isOpaque }: RedirectAnswer, current: Hop): Hop | undefined {
  if (isOpaque) {
    throw new RedirectRefused(
      `${current.url.origin} answered with a redirect, and this platform does not tell where it leads: call the final URL`,
    )
  }
  if (!REDIRECTS.includes(status) || location === null || location === undefined) return undefined
  if (!URL.canParse(location, current.url)) {
    throw new RedirectRefused(`${current.url.origin} answered with a redirect to what is no URL`)
  }
  const url = new URL(location, current.url)
  if (url.origin !== current.url.origin) {
    throw new RedirectRefused(
      `${current.url.origin} answered with a redirect to ${url.origin}: a signature is not sent to another origin`,
    )
  }
  return becomesGet(status, current.method)
    ? { url, method: 'GET', sendsBody: false }
    : { url, method: current.method, sendsBody: current.sendsBody }
}

/** The headers that describe a body, in lower case. Without the body they are not sent. */
export const BODY_HEADERS = [
  'content-digest',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
