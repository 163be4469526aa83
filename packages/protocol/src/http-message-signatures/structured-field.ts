/**
 * A bare item of a structured field (RFC 9651 section 3.3). Display strings are left out: no field that a request
 * signature covers has them.
 */
export type BareItem =
  | { readonly kind: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly kind: 'string' | 'token'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'boolean'; readonly value: boolean }

/** Parameters in their order; no key twice. */
export type Parameters = ReadonlyMap<string, BareItem>

/** One value with its parameters. */
export interface Item {
  readonly item: BareItem
  readonly parameters: Parameters
}

/** A list of items in parentheses, with its own parameters. */
export interface InnerList {
  readonly items: readonly Item[]
  readonly parameters: Parameters
  /** Its received text, if that is canonical. `serializeMember` returns the canonical text in any case. */
  readonly text?: string | undefined
}

/** A member of a list or of a dictionary. */
export type Member = Item | InnerList

/** A dictionary in its order; no key twice. */
export type Dictionary = ReadonlyMap<string, Member>

/** The shared value for absent parameters. */
export const NO_PARAMETERS: Parameters = new Map()

/** Whether a member is an inner list. */
export function isInnerList(member: Member): member is InnerList {
  return 'items' in member
}
