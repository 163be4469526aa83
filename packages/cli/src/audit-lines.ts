import * as calls from '@countersign/api/calls'
import { auditLogHeader, auditLogLine, type ChainedEvent } from '@countersign/protocol'
import type { SignedConnection } from './connect.ts'
import type { Io } from './io.ts'
import { createProgress } from './terminal/progress.ts'
import type { Terminal } from './terminal/terminal.ts'

const PAGE = '500'

/** The whole log of a server as the lines of its export, page by page, without their line breaks. */
export async function* fetchAuditLines(
  { call }: SignedConnection,
  word: string,
  terminal: Terminal,
  io: Io,
): AsyncGenerator<string> {
  const progress = createProgress(word, terminal, io)
  let done = 0
  try {
    for (let cursor: string | undefined; ; ) {
      const page = await call(calls.listAuditEvents, { query: { order: 'oldest', limit: PAGE, cursor } })
      if (cursor === undefined) yield auditLogHeader(page.deployment_id)
      // The check of the line reports what is wrong with an event.
      for (const event of page.events) yield auditLogLine(event as unknown as ChainedEvent)
      done += page.events.length
      progress.tell(done, Math.max(done, page.chain.events))
      cursor = page.next_cursor
      if (cursor === undefined) return
    }
  } finally {
    progress.end()
  }
}
