import type { DeploymentUsage, KeyUsage } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Call } from './connection.ts'
import { serverNow } from './server-clock.ts'

/** How far back usage is shown. */
export type UsageSpan = 'hour' | 'day' | 'week' | 'month'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What each span is counted in. */
export const SPANS: Readonly<Record<UsageSpan, { step: 'minute' | 'hour' | 'day'; stepMs: number; steps: number }>> = {
  hour: { step: 'minute', stepMs: MINUTE, steps: 60 },
  day: { step: 'hour', stepMs: HOUR, steps: 24 },
  week: { step: 'hour', stepMs: HOUR, steps: 168 },
  month: { step: 'day', stepMs: DAY, steps: 30 },
}

/** The span that an address names, if it is one of these; a day by default. */
export function spanOf(step: string | undefined, spans: readonly UsageSpan[]): UsageSpan {
  return spans.find((span) => span === step) ?? 'day'
}

/** Whose usage: a key's, the caller's account's, or, for operators, any key's, any account's, the deployment's. */
export type UsageOf =
  | { readonly key: string; readonly isOperator: boolean }
  | { readonly account: string | undefined }
  | { readonly deployment: true }

/** Usage over time, and the busiest of what it is made of. */
export type Usage = Pick<KeyUsage, 'points' | 'total' | 'from' | 'kept_from'> &
  Partial<Pick<DeploymentUsage, 'top_keys' | 'top_accounts' | 'top_codes'>>

/** Usage of a span up to now. */
export function usage(call: Call, of: UsageOf, span: UsageSpan) {
  return queryOptions({
    queryKey: ['usage', of, span],
    queryFn: (): Promise<Usage> => {
      const { step, stepMs, steps } = SPANS[span]
      const to = (Math.floor(serverNow() / stepMs) + 1) * stepMs
      const query = { step, from: to - steps * stepMs, to }
      if ('deployment' in of) return call(calls.getDeploymentUsage, { query })
      if ('account' in of) {
        return of.account === undefined
          ? call(calls.getAccountUsage, { query })
          : call(calls.getDeploymentUsage, { query: { ...query, account_id: of.account } })
      }
      return of.isOperator
        ? call(calls.getDeploymentUsage, { query: { ...query, api_key_id: of.key } })
        : call(calls.getKeyUsage, { params: { api_key: of.key }, query })
    },
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  })
}
