import { createUsageReporter, type ReportedDecisions, reportDecisions } from '../usage/usage-reporter.ts'
import { type Reporter, reasonOf } from './reporter.ts'
import type { SignedCalls } from './signed-calls.ts'

/** Where counts are reported, and where failures to report are logged. */
export interface RemoteDecisionsOptions {
  readonly calls: Pick<SignedCalls, 'post'>
  readonly reporter: Reporter
  /** Unix milliseconds. */
  readonly now: () => number
}

/** The most rows of each kind that the server accepts in a body of 64 KiB. */
const MAX_ROWS = 200

/** A batch that is refused for its content stays wrong: it is dropped, so that it does not hold up the next one. */
const REFUSED_FOR_GOOD = [400, 413]

/** Counts decisions and reports them to the control plane, which counts each batch once. */
export function reportToControlPlane({ calls, reporter, now }: RemoteDecisionsOptions): ReportedDecisions {
  const part = 'counting decisions'
  const usage = createUsageReporter({
    maxRows: MAX_ROWS,
    async send({ reporter: id, sequence, minutes, lastUses }) {
      const last_uses = lastUses.map(({ keyId, at, ip }) => ({ api_key_id: keyId, at, ip }))
      const { status } = await calls.post('/gate/v1/decisions', { reporter: id, sequence, minutes, last_uses })
      if (REFUSED_FOR_GOOD.includes(status)) reporter.failing(part, `status ${status}, and these counts are dropped`)
      else if (status !== 204) throw new Error(`status ${status}`)
    },
    failing: (fault) => reporter.failing(part, reasonOf(fault)),
    working: () => reporter.working(part),
  })
  return reportDecisions(usage, now)
}
