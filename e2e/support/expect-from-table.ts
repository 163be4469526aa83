import { REFUSALS, type RefusalName, refusalBody } from '@countersign/protocol'
import { expect } from 'vitest'
import type { RawAnswer, Received } from './raw-connection.ts'

const NAMES = Object.keys(REFUSALS) as RefusalName[]
const TABLE = new Set(NAMES.map((name) => `${REFUSALS[name].status} ${JSON.stringify(refusalBody(name))}`))
/** These words are in every body of their refusal; others add details of their own. */
const STANDING = new Set(['NOT_FOUND', 'INCORRECT_API_KEY_SIGNATURE', 'SIGNATURE_ALREADY_USED'])

/** Expects whole answers and nothing else, each a success or a refusal of the table, and no fault. */
export function expectFromTable({ answers, rest }: Received): void {
  expect(rest.toString('latin1')).toBe('')
  for (const answer of answers) expectOneFromTable(answer)
}

/** An answer in short: its status, and a refusal's code. */
export function brief({ status, body }: RawAnswer): string {
  const { code, error } = readObject(body)
  return [status, code ?? error?.code].filter(Boolean).join(' ')
}

function expectOneFromTable(answer: RawAnswer): void {
  const { status, headers, body } = answer
  if (status === 100) return
  expect(headers.get('date')).toHaveLength(1)
  expect(headers.get('x-request-id')).toHaveLength(1)
  expect(status).not.toBe(500)
  // The bare address and /docs lead on.
  if (status < 400) return
  expect(headers.get('content-type')).toEqual(['application/json; charset=utf-8'])
  if (body !== '') expect(TABLE).toContain(`${status} ${withoutDetails(body)}`)
}

function withoutDetails(body: string): string {
  const value = readObject(body)
  const { details, ...rest } = value.error ?? value
  const words = typeof details === 'string' && STANDING.has(details) ? { ...rest, details } : rest
  return JSON.stringify(value.error ? { error: words } : words)
}

function readObject(body: string): { code?: string; error?: { code?: string; details?: unknown }; details?: unknown } {
  return body.startsWith('{') ? JSON.parse(body) : {}
}
