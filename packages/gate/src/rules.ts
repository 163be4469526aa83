import type { Profile } from '@countersign/protocol'

/** What a request needs. */
export interface Rule {
  /** The scope that the key must hold, itself or by its parent; none where absent. */
  readonly scope?: string
  /** The weakest profile that the route accepts; any where absent. */
  readonly minimumProfile?: Profile
}

/** Finds what a request needs, `undefined` where no rule allows it. */
export type Rules = (method: string, path: string) => Rule | undefined

const READ: Rule = { scope: 'read' }
const WRITE: Rule = { scope: 'write' }

/** The rules where none are configured (DESIGN.md "Targets"): GET and HEAD need `read`, all else `write`. */
export const defaultRules: Rules = (method) => (method === 'GET' || method === 'HEAD' ? READ : WRITE)
