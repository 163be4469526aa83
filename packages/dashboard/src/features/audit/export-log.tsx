import * as calls from '@countersign/api/calls'
import { auditLogHeader, auditLogLine, type ChainedEvent } from '@countersign/protocol'
import { useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { Refusal } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { count } from '../../ui/numbers.ts'
import { saveFile } from '../../ui/save-file.ts'

/** Saves the whole log in the format of `countersign audit export`; for operators. */
export function ExportLog() {
  const { call } = useSession()
  const [progress, setProgress] = useState<number>()
  const [error, setError] = useState<Error>()
  const run = async () => {
    setProgress(0)
    setError(undefined)
    try {
      const lines: string[] = []
      let cursor: string | undefined
      do {
        const query = { order: 'oldest', limit: 500, cursor }
        const page = await call(calls.listAuditEvents, { query })
        if (lines.length === 0) lines.push(auditLogHeader(page.deployment_id))
        for (const event of page.events) lines.push(auditLogLine(event as ChainedEvent))
        setProgress(lines.length - 1)
        cursor = page.next_cursor
      } while (cursor !== undefined)
      saveFile('countersign-audit.jsonl', `${lines.join('\n')}\n`, 'application/jsonl')
    } catch (reason) {
      setError(reason as Error)
    } finally {
      setProgress(undefined)
    }
  }
  return (
    <div className="flex flex-wrap items-center gap-3">
      {error && <Refusal error={error} />}
      <Button onClick={run} disabled={progress !== undefined}>
        {progress === undefined ? 'Export' : `Exporting ${count(progress)}`}
      </Button>
    </div>
  )
}
