import { count } from '../ui/numbers.ts'
import type { UsagePoint } from './usage-point.ts'

/** "184,210 allowed · 37 refused · 2 limited · 0 faults". */
export function usageWords({ allowed, refused, limited, fault }: Omit<UsagePoint, 'at'>): string {
  return `${count(allowed)} allowed · ${count(refused)} refused · ${count(limited)} limited · ${count(fault)} ${fault === 1 ? 'fault' : 'faults'}`
}
