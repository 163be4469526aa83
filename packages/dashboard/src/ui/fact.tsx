import type { ReactNode } from 'react'

interface FactProps {
  readonly name: string
  readonly className?: string
  readonly children: ReactNode
}

/** A name and its value, in a `<dl>`. */
export function Fact({ name, className, children }: FactProps) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className={className}>{children}</dd>
    </>
  )
}
