import type { Health } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import type { ThreadReport } from './thread-table.ts'

/** Whether all threads of the process run; otherwise a refusal with the names of those that do not. */
export function healthOf(threads: readonly ThreadReport[]): Health | Denied {
  return answerUnless(threads, ({ state }) => (state === 'up' ? undefined : state))
}

/** Whether all data-plane threads decide requests: they run, and their keys count. */
export function readinessOf(threads: readonly ThreadReport[]): Health | Denied {
  return answerUnless(threads, ({ name, state, isReady }) => {
    if (name === 'main') return undefined
    if (state !== 'up') return state
    return isReady ? undefined : 'without keys'
  })
}

function answerUnless(
  threads: readonly ThreadReport[],
  whatIsWrong: (thread: ThreadReport) => string | undefined,
): Health | Denied {
  const wrong = threads.flatMap((thread) => {
    const what = whatIsWrong(thread)
    return what === undefined ? [] : `${thread.name} is ${what}`
  })
  if (wrong.length > 0) return denied('service_unavailable', wrong.join(', '))
  return { status: 'ok', threads: threads.map(({ name, state }) => ({ name, state })) }
}
