import { bindOpenSsl } from './bindings.ts'
import { type ImportAtOnce, keyImporter } from './key-importer.ts'

/**
 * RSA verification by the OpenSSL that Node carries in itself, called through node:ffi. node:crypto sets OpenSSL up anew for
 * each signature, which is a seventh of a verification back to back and more between other work (docs/decisions/010). Keys of
 * all other types are imported by node:crypto.
 *
 * @returns `undefined` where that cannot be done (Node before 26.1, Windows, `--no-experimental-ffi`, `--permission` without
 *   `--allow-ffi`), and where its verdicts on known signatures are not those of node:crypto
 */
export function loadOpenSsl(): ImportAtOnce | undefined {
  const bound = bindOpenSsl()
  return bound && keyImporter(bound)
}
