import type { ReactNode } from 'react'
import { Refusal } from './blocks.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

interface ConfirmDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly description?: ReactNode
  /** What is chosen in the dialog. */
  readonly children?: ReactNode
  /** The text of the button that confirms. */
  readonly confirm: string
  readonly kind?: 'filled' | 'danger'
  readonly isBusy?: boolean
  readonly error?: Error | null | undefined
  readonly onConfirm: () => void
}

/** Asks before an act. It stays open while the act runs, and shows why the act failed. */
export function ConfirmDialog({
  children,
  confirm,
  kind = 'danger',
  isBusy,
  error,
  onConfirm,
  ...dialog
}: ConfirmDialogProps) {
  return (
    <Dialog
      {...dialog}
      actions={
        <>
          <Button onClick={dialog.onClose}>Cancel</Button>
          <Button kind={kind} disabled={isBusy} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {(children || error) && (
        <div className="space-y-4">
          {children}
          {error && <Refusal error={error} />}
        </div>
      )}
    </Dialog>
  )
}
