import type { ReactNode } from 'react'

interface CodeBlockProps {
  /** What it is, for screen readers. */
  readonly label: string
  readonly className?: string
  readonly isSmall?: boolean
  readonly children: ReactNode
}

/** A text of bytes. Its lines are not wrapped, and the keyboard can scroll it. */
export function CodeBlock({ label, className = '', isSmall = false, children }: CodeBlockProps) {
  return (
    <pre
      tabIndex={0}
      role="group"
      aria-label={label}
      className={`overflow-x-auto rounded-control bg-sunken p-3 font-mono ${isSmall ? 'text-small' : 'text-mono'} ${className}`}
    >
      {children}
    </pre>
  )
}
