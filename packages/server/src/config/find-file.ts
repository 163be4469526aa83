import { readdir } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import { quote } from './quote.ts'

const STEM = 'countersign.config'

/** The endings of configuration files. */
const EXTENSIONS = ['.ts', '.js', '.mjs', '.json', '.yaml']

/**
 * The configuration file as an absolute path: the named one, or the one in the folder; `undefined` if there is none. It
 * is an error if a file would be ignored, because of its ending or because of another file beside it.
 *
 * @throws ConfigError
 */
export async function findConfigFile(named: string | undefined, folder: string): Promise<string | undefined> {
  if (named !== undefined) return checkExtension(resolve(named))
  const names = (await readdir(folder)).filter((name) => /^countersign\.config\.\w+$/.test(name)).sort()
  const [name, ...others] = names
  if (others.length > 0) throw new ConfigError([`${folder}: found ${names.join(' and ')}, allowed: one of them`])
  return name === undefined ? undefined : checkExtension(resolve(folder, name))
}

function checkExtension(path: string): string {
  const extension = extname(path)
  if (EXTENSIONS.includes(extension)) return path
  const allowed = EXTENSIONS.map((known) => `${STEM}${known}`).join(', ')
  throw new ConfigError([`${basename(path)}: found a file that ends in ${quote(extension)}, allowed: ${allowed}`])
}
