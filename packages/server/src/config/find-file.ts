import { readdir } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import { quote } from './quote.ts'

const STEM = 'countersign.config'

/** How a configuration file may end. */
const EXTENSIONS = ['.ts', '.js', '.mjs', '.json', '.yaml']

/**
 * The configuration file: the one that is named, or the one in the folder, as an absolute path; `undefined` where there
 * is none. A file that would be passed over, for its ending or for another one beside it, is an error.
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
