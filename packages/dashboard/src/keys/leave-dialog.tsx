import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'

interface LeaveDialogProps {
  readonly isOpen: boolean
  readonly isSaved: boolean
  readonly onBack: () => void
  readonly onLeave: () => void
}

/** Asks before a private key is left that was not saved or not checked. */
export function LeaveDialog({ isOpen, isSaved, onBack, onLeave }: LeaveDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onBack}
      title={isSaved ? 'Leave without checking the file?' : 'Leave without saving the private key?'}
      description={isSaved ? 'Only the check proves that the saved file signs.' : 'Nobody can show it again.'}
      actions={
        <>
          <Button kind={isSaved ? 'quiet' : 'danger'} onClick={onLeave}>
            {isSaved ? 'Leave' : 'Delete key and leave'}
          </Button>
          <Button kind="filled" onClick={onBack}>
            Go back
          </Button>
        </>
      }
    />
  )
}
