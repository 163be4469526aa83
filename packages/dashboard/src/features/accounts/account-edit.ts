import type { Account, CreateAccountRequest, UpdateAccountRequest } from '@countersign/api'
import { keyNameProblem } from '@countersign/api/key-rules'

/** What the forms for an account hold. */
export interface AccountValues {
  readonly name: string
  /** Empty for none. */
  readonly externalId: string
  /** Empty for the default tier. */
  readonly tier: string
  /** One note a line, `name: text`. */
  readonly notes: string
}

/** What a person has changed in the form and not saved. What is absent is untouched. */
export type AccountEdit = Partial<AccountValues>

/** The form for a new account before anything is filled in. */
export const NEW_ACCOUNT: AccountValues = { name: '', externalId: '', tier: '', notes: '' }

/** What the form shows: the account with the edit over it. */
export function accountValuesOf(row: Account, edit: AccountEdit): AccountValues {
  return {
    name: row.name,
    externalId: row.external_id ?? '',
    tier: row.usage_tier,
    notes: Object.entries(row.metadata ?? {})
      .map(([name, text]) => `${name}: ${text}`)
      .join('\n'),
    ...edit,
  }
}

/** The changes as the API takes them. What is `undefined` stays as it is; `null` takes it away. */
export function accountUpdateOf(row: Account, edit: AccountEdit): UpdateAccountRequest {
  const before = accountValuesOf(row, {})
  const { name, externalId, tier, notes } = accountValuesOf(row, edit)
  const metadata = readNotes(notes)
  const isCleared = metadata && Object.keys(metadata).length === 0
  return {
    name: name.trim() === before.name ? undefined : name.trim(),
    external_id: externalId.trim() === before.externalId ? undefined : externalId.trim() || null,
    usage_tier: tier === before.tier ? undefined : tier,
    metadata: notes === before.notes ? undefined : isCleared ? null : metadata,
  }
}

/** The request for a new account. */
export function newAccountOf({ name, externalId, tier }: AccountValues): CreateAccountRequest {
  return { name: name.trim(), external_id: externalId.trim() || undefined, usage_tier: tier || undefined }
}

/** What is wrong with an account, by field. */
export function accountProblemsOf({ name, notes }: AccountValues) {
  const nameProblem = keyNameProblem(name)
  return {
    name: nameProblem && `The name ${nameProblem}.`,
    notes: readNotes(notes) ? undefined : 'Each line is a name, a colon and a text.',
  }
}

/** Notes by their names; `undefined` where a line is not a note. */
function readNotes(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const entries = lines.map((line) => /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line))
  if (entries.some((entry) => entry === null)) return undefined
  return Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? '']))
}
