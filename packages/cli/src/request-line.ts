import { usageError } from './cli-error.ts'

/** What a command line says about the request to sign. */
export interface RequestLineArguments {
  /** In upper case. */
  readonly method: string
  readonly path: string
}

/** METHOD and PATH in a form that can be sent, or a usage error. */
export function readRequestLine(method: string, path: string): RequestLineArguments {
  if (!/^[A-Za-z]+$/.test(method)) throw usageError('METHOD must be letters', 'give it like GET or POST')
  if (!path.startsWith('/') || path.startsWith('//')) {
    throw usageError(
      'PATH must start with one slash',
      'give the path without the server, base path included: /trade-api/v2/…',
    )
  }
  if (!/^[\x21-\x7e]+$/.test(path) || path.includes('#')) {
    throw usageError(
      'PATH has characters that are sent in another form than they are written',
      'percent-encode spaces, "#" and everything that is not ASCII',
      'What is signed must be exactly what is sent.',
    )
  }
  return { method: method.toUpperCase(), path }
}
