import type { SessionEnd } from '../session/session.tsx'
import { buttonClass } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'

/** Covers the page once its session has ended. */
export function SessionOver({ end }: { readonly end: SessionEnd }) {
  return (
    <Dialog
      isOpen
      onClose={() => undefined}
      title="Your session has ended."
      description={`${end === 'expired' ? 'It ran its 8 hours.' : 'It was ended from another browser.'} Open a new sign-in link.`}
      actions={
        <a href="/dashboard/enter" className={buttonClass('filled')}>
          How to sign in
        </a>
      }
    />
  )
}
