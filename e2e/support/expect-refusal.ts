import { expect } from 'vitest'
import type { Answer } from './call.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** A stack's lines, a source file's name, a private key's armour. */
const NEVER = /\n\s+at |\.[jt]s:\d|node_modules|node:internal|PRIVATE KEY/

/** What every 401 carries (RFC 9110 section 11.6.1). */
const CHALLENGE = 'Signature realm="countersign"'

/** Expects an answer that is this refusal, byte for byte, with all that every answer carries and nothing that none may. */
export function expectRefusal(answer: Answer, status: number, body: string): void {
  expect({ status: answer.status, body: answer.text }).toEqual({ status, body })
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers['www-authenticate']).toBe(status === 401 ? CHALLENGE : undefined)
  expectCommonHeaders(answer)
}

/** Expects what every answer carries, refusal or not. */
export function expectCommonHeaders({ headers, text, receivedAt }: Answer): void {
  expect(Math.abs(Date.parse(headers.date ?? '') - receivedAt)).toBeLessThan(5_000)
  expect(headers['x-request-id']).toMatch(UUID_V4)
  expect(JSON.stringify(headers) + text).not.toMatch(NEVER)
}
