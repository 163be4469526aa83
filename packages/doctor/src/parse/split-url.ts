import type { RefusedRequest } from '../refused-request.ts'

/**
 * The parts of an http URL, byte for byte as a client that changes nothing sends them; `undefined` if it is not an http
 * URL.
 */
export function splitUrl(url: string): Pick<Required<RefusedRequest>, 'target' | 'authority' | 'scheme'> | undefined {
  const [, scheme = 'http', authority = '', rest = ''] =
    /^(?:(https?|wss?):\/\/)?(?:[^/?#@]*@)?([^/?#@\s]+)([^#\s]*)/i.exec(url) ?? []
  if (authority === '') return undefined
  const target = rest.startsWith('/') ? rest : `/${rest}`
  return { target, authority, scheme: /^(?:https|wss)$/i.test(scheme) ? 'https' : 'http' }
}
