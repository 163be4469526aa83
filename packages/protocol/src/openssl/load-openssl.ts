import type { VerifyingKey } from '../backend/backend.ts'
import type { PublicKey } from '../key.ts'
import { bindOpenSsl } from './bindings.ts'
import { keyImporter } from './key-importer.ts'

/** How it is loaded. */
export interface LoadOpenSslOptions {
  /** Whether Node's warning that node:ffi is experimental is left out: for programs that tell of it themselves. */
  readonly isQuiet?: boolean
}

/**
 * RSA verification by the OpenSSL that Node carries in itself, called through node:ffi: node:crypto sets OpenSSL up anew for
 * each signature, which is a seventh of a verification back to back and more between other work (docs/decisions/010). Keys of
 * all other types are imported as `importVerifyingKey` does.
 *
 * node:ffi is experimental: Node prints its warning in each thread that calls this.
 *
 * @returns `undefined` where that cannot be done (Node before 26.1, Windows, `--no-experimental-ffi`, `--permission` without
 *   `--allow-ffi`), and where its verdicts on known signatures are not those of node:crypto; `importVerifyingKey` does the work there
 */
export function loadOpenSsl({
  isQuiet = false,
}: LoadOpenSslOptions = {}): ((key: PublicKey) => VerifyingKey) | undefined {
  const bound = isQuiet ? withoutWarnings(bindOpenSsl) : bindOpenSsl()
  return bound && keyImporter(bound)
}

function withoutWarnings<Result>(load: () => Result): Result {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}
