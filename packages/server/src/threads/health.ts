import type { Health } from '@countersign/api'
import { type Denied, denied } from '@countersign/gate'
import type { ThreadLack, ThreadReport } from './thread-table.ts'

/** Whether all threads of the process run; otherwise a refusal with the names of those that do not. */
export function healthOf(threads: readonly ThreadReport[]): Health | Denied {
  return answerUnless(threads, ({ state }) => (state === 'up' ? undefined : state))
}

/** Whether all data-plane threads decide requests: they run, and lack nothing. */
export function readinessOf(threads: readonly ThreadReport[]): Health | Denied {
  return answerUnless(threads, ({ name, state, lacks }) => {
    if (name !== 'main' && state !== 'up') return state
    return lacks && LACKS[lacks]
  })
}

const LACKS: Readonly<Record<ThreadLack, string>> = {
  keys: 'without keys',
  Redis: 'without Redis',
  clock: 'off in its clock, compared with Redis or the database',
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
