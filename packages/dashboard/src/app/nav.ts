/** A page of the rail. */
export interface NavItem {
  readonly label: string
  readonly to: '/accounts' | '/keys' | '/usage' | '/rules' | '/doctor' | '/audit'
  /** The letter after `g`. */
  readonly letter: string
}

const KEYS = { label: 'Keys', to: '/keys', letter: 'k' } as const
const USAGE = { label: 'Usage', to: '/usage', letter: 'u' } as const
const DOCTOR = { label: 'Doctor', to: '/doctor', letter: 'd' } as const
const AUDIT = { label: 'Audit', to: '/audit', letter: 'a' } as const
const ACCOUNTS = { label: 'Accounts', to: '/accounts', letter: 'c' } as const
const RULES = { label: 'Rules and tiers', to: '/rules', letter: 'r' } as const

/** The pages of the rail, for a key holder or for an operator. */
export function navItems(isOperator: boolean): readonly NavItem[] {
  return isOperator ? [ACCOUNTS, KEYS, USAGE, RULES, DOCTOR, AUDIT] : [KEYS, USAGE, DOCTOR, AUDIT]
}
