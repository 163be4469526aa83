import { eventually } from '../eventually.ts'
import type { ServerProcess } from '../server-process.ts'

/** What a server logged of a request; its line may come after the answer. */
export async function loggedOf(server: ServerProcess, requestId: string | undefined): Promise<Record<string, unknown>> {
  let line: string | undefined
  await eventually(5_000, () => {
    const whole = server.stdout().split('\n').slice(0, -1)
    line = whole.find((text) => text.includes(`"requestId":"${requestId}"`))
    return line !== undefined
  })
  return JSON.parse(line ?? '')
}
