import { createHash } from 'node:crypto'
import type { Argument, ServerConnection } from './server-connection.ts'

/** A script, and its name in Redis. */
export interface Script {
  readonly text: string
  readonly sha: string
  /** For tests: arguments that come last in each call. */
  readonly lastArguments: () => readonly string[]
}

export function scriptOf(text: string, lastArguments: () => readonly string[] = () => []): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex'), lastArguments }
}

/** Runs a script. A server that does not know it is sent its text: it has not run then. */
export async function callScript(
  connection: ServerConnection,
  { text, sha, lastArguments }: Script,
  keys: readonly string[],
  given: readonly Argument[],
): Promise<readonly unknown[]> {
  const rest = [`${keys.length}`, ...keys, ...given, ...lastArguments()]
  let answer: unknown
  try {
    answer = await connection.send(['EVALSHA', sha, ...rest])
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    answer = await connection.send(['EVAL', text, ...rest])
  }
  if (!Array.isArray(answer)) throw new Error('Redis answered the script with no list')
  return answer
}
