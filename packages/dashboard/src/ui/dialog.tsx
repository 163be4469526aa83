import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface DialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly children?: ReactNode
  /** The buttons, the one that goes on last. */
  readonly actions?: ReactNode
}

/** A question over the page; Esc and the backdrop close it. */
export function Dialog({ isOpen, onClose, title, description, children, actions }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="appear fixed inset-0 z-40 grid items-end justify-items-center overflow-y-auto bg-[oklch(0_0_0/.45)] sm:items-center sm:p-6">
          <Radix.Content
            // Without a description Radix must not point at one.
            {...(!description && { 'aria-describedby': undefined })}
            className="appear w-full rounded-t-panel border border-line bg-raised p-4 shadow-raised sm:max-w-[520px] sm:rounded-panel sm:p-6"
          >
            <Radix.Title className="text-title">{title}</Radix.Title>
            {description && <Radix.Description className="mt-2 text-muted">{description}</Radix.Description>}
            {children && <div className="mt-4">{children}</div>}
            {actions && <div className="mt-6 flex flex-wrap justify-end gap-3">{actions}</div>}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
