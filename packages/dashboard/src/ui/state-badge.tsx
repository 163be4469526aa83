import { StateIcon, type StateShape } from './state-icon.tsx'

/** A state that a key or an account can be in. */
export type BadgeState = 'active' | 'rotating' | 'disabled' | 'expired' | 'revoked' | 'suspended'

const STATES: Readonly<Record<BadgeState, { word: string; shape: StateShape; icon: string; text: string }>> = {
  active: { word: 'Active', shape: 'active', icon: 'text-ok-graphic', text: 'text-ok' },
  rotating: { word: 'Rotating', shape: 'rotating', icon: 'text-info-graphic', text: 'text-info' },
  disabled: { word: 'Disabled', shape: 'disabled', icon: 'text-off-graphic', text: 'text-off' },
  expired: { word: 'Expired', shape: 'expired', icon: 'text-warn-graphic', text: 'text-warn' },
  revoked: { word: 'Revoked', shape: 'revoked', icon: 'text-bad-graphic', text: 'text-bad' },
  suspended: { word: 'Suspended', shape: 'disabled', icon: 'text-warn-graphic', text: 'text-warn' },
}

/** A state by its shape, its word and its colour, in that order. */
export function StateBadge({ state, detail }: { readonly state: BadgeState; readonly detail?: string }) {
  const { word, shape, icon, text } = STATES[state]
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${text}`}>
      <StateIcon shape={shape} className={icon} />
      {word}
      {detail && <span className="text-muted">{detail}</span>}
    </span>
  )
}
