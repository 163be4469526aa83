import { bindOpenSsl } from './bindings.ts'
import { type ImportAtOnce, keyImporter } from './key-importer.ts'

/**
 * RSA verification by the OpenSSL inside Node, called through node:ffi. node:crypto sets OpenSSL up anew for each
 * signature. That is a seventh of a verification back to back, and more between other work (docs/decisions/010).
 * node:crypto imports keys of all other types.
 *
 * @returns `undefined` if this is impossible (Node before 26.1, Windows, `--no-experimental-ffi`, `--permission`
 *   without `--allow-ffi`), or if its verdicts on known signatures are not those of node:crypto
 */
export function loadOpenSsl(): ImportAtOnce | undefined {
  const bound = bindOpenSsl()
  return bound && keyImporter(bound)
}
