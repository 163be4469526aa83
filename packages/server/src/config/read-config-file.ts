import { basename } from 'node:path'
import { checkConfig } from './check-config.ts'
import type { Config } from './config-schema.ts'
import { loadFile } from './load-file.ts'
import { pathText } from './path-text.ts'

/** The values of a configuration file. Problems go to `problems`, one on each line. */
export async function readConfigFile(path: string, problems: string[]): Promise<Config> {
  const name = basename(path)
  const loaded = await loadFile(path)
  if ('problem' in loaded) {
    const { at, problem } = loaded
    const place = at ? [name, at.line, at.column].filter((part) => part !== undefined).join(':') : path
    problems.push(`${place}: ${problem}`)
    return {}
  }
  return checkConfig(loaded.value, (at, problem) => {
    const line = loaded.lineOf(at)
    const place = line === undefined ? name : `${name}:${line}`
    problems.push(at.length === 0 ? `${place}: ${problem}` : `${place}: ${pathText(at)}: ${problem}`)
  })
}
