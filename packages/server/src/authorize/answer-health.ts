import type { IncomingMessage, ServerResponse } from 'node:http'
import { refusalReply } from '@countersign/gate'
import { healthOf, readinessOf } from '../threads/health.ts'
import type { ThreadReport } from '../threads/thread-table.ts'

/** The data plane's health calls, for anyone who reaches its port: a load balancer is not a trusted proxy. */
const CALLS = { '/healthz': healthOf, '/readyz': readinessOf } as const

/** Answers `/healthz` and `/readyz`. Returns whether the request was one of them. */
export function answerHealth(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  threads: () => readonly ThreadReport[],
): boolean {
  if ((url !== '/healthz' && url !== '/readyz') || (method !== 'GET' && method !== 'HEAD')) return false
  const health = CALLS[url](threads())
  const { status, headers, body } = 'denied' in health ? refusalReply(health) : ok(health)
  response.writeHead(status, { ...headers, 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body) })
  response.end(body)
  return true
}

function ok(health: object): { status: number; headers: Record<string, string>; body: string } {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(health) }
}
