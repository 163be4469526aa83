import type { Denied } from '@countersign/gate'
import type { PageRequest, PageStart } from '../storage/pages.ts'
import { refuse, shortened } from './key-request.ts'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 500

/** Reads the wanted page of a list. */
export function readPageQuery({
  limit,
  cursor,
}: {
  readonly limit?: string
  readonly cursor?: string
}): PageRequest | Denied {
  const rows = limit === undefined ? LIMIT_DEFAULT : /^\d{1,4}$/.test(limit) ? Number(limit) : 0
  if (rows < 1 || rows > LIMIT_MAX) return refuse('limit', `must be a whole number from 1 to ${LIMIT_MAX}`)
  if (cursor === undefined) return { limit: rows }
  const after = readCursor(cursor)
  return after ? { limit: rows, after } : refuse('cursor', 'is none that this server gave')
}

/** The position after this row, in the form of the wire. */
export function writeCursor({ createdAt, id }: PageStart): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url')
}

/** Reads Unix milliseconds from a query; `undefined` if they are absent. */
export function readTimeQuery(field: string, text: string | undefined): number | undefined | Denied {
  if (text === undefined) return undefined
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse(field, 'must be Unix milliseconds')
}

/** Refuses a query value that is not in a list; `undefined` passes. */
export function readChoiceQuery<Choice extends string>(
  field: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined | Denied {
  if (text === undefined) return undefined
  return choices.find((choice) => choice === text) ?? refuse(field, `must be one of ${choices.join(', ')}`)
}

/**
 * Refuses text that no stored text can contain, because the database could not be asked for it. A word that comes twice
 * in a query is a list, whatever its type says, if the schema does not know it.
 */
export function refuseUnstorable(query: Readonly<Record<string, unknown>>): Denied | undefined {
  for (const [field, text] of Object.entries(query)) {
    if (text === undefined) continue
    if (typeof text !== 'string') return refuse(shortened(field), 'must be given once')
    if (text.includes('\0') || !text.isWellFormed())
      return refuse(shortened(field), 'must be valid Unicode without NUL')
  }
  return undefined
}

function readCursor(cursor: string): PageStart | undefined {
  const text = /^[A-Za-z0-9_-]{1,200}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('latin1') : ''
  const [, createdAt, id] = /^(\d{1,15}) ([\x21-\x7e]{1,64})$/.exec(text) ?? []
  return createdAt === undefined || id === undefined ? undefined : { createdAt: Number(createdAt), id }
}
