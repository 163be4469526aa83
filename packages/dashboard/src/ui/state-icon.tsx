/** What a shape of ours stands for. */
export type StateShape = 'active' | 'rotating' | 'disabled' | 'expired' | 'revoked' | 'attention' | 'info'

/** The shape of a state, 12 pixels, in the colour of its text: states differ by shape first. */
export function StateIcon({ shape, className = '' }: { readonly shape: StateShape; readonly className?: string }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" className={`shrink-0 ${className}`}>
      {SHAPES[shape]}
    </svg>
  )
}

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.6 } as const

const SHAPES = {
  active: <circle cx="6" cy="6" r="4.6" fill="currentColor" />,
  rotating: (
    <>
      <circle cx="6" cy="6" r="4.4" {...line} />
      <path d="M6 1.6a4.4 4.4 0 0 0 0 8.8z" fill="currentColor" />
    </>
  ),
  disabled: <path d="M4 1.8v8.4M8 1.8v8.4" {...line} strokeWidth={2} />,
  expired: (
    <>
      <circle cx="6" cy="6" r="4.6" {...line} />
      <path d="M6 3.2V6l2 1.4" {...line} strokeWidth={1.3} />
    </>
  ),
  revoked: <path d="M2.2 2.2l7.6 7.6M9.8 2.2L2.2 9.8" {...line} strokeWidth={2} />,
  attention: <path d="M6 1.2 11.2 10.6H.8z" fill="currentColor" />,
  info: (
    <>
      <circle cx="6" cy="6" r="4.8" {...line} />
      <path d="M6 5.4v3M6 3.2v1" {...line} strokeWidth={1.4} />
    </>
  ),
} as const
