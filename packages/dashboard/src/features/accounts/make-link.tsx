import type { Account, CreateLinkResponse } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useId, useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { Refusal } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'

interface MakeLinkProps {
  readonly isOpen: boolean
  readonly account: Account
  readonly onClose: () => void
  readonly onMade: (link: CreateLinkResponse) => void
}

/** Asks what a sign-in link may do, and makes it. The link itself goes through no cache. */
export function MakeLink({ isOpen, account, onClose, onMade }: MakeLinkProps) {
  const { call } = useSession()
  const group = useId()
  const [access, setAccess] = useState<'read' | 'read_write'>('read_write')
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const make = async () => {
    setBusy(true)
    setError(undefined)
    try {
      onMade(await call(calls.createLink, { body: { account_id: account.account_id, access } }))
    } catch (reason) {
      setError(reason as Error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Make sign-in link"
      description={`Signs one browser in as ${account.name}, for 8 hours.`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="filled" disabled={isBusy} onClick={make}>
            Make link
          </Button>
        </>
      }
    >
      <fieldset>
        <legend className="mb-1 font-medium">The browser may</legend>
        {(
          [
            ['read_write', 'read and write', 'see everything, make and end keys'],
            ['read', 'read', 'see everything, change nothing'],
          ] as const
        ).map(([value, label, text]) => (
          <label key={value} className="flex min-h-9 items-center gap-3 pointer-coarse:min-h-11">
            <input
              type="radio"
              name={group}
              className="size-4 accent-ink"
              checked={access === value}
              onChange={() => setAccess(value)}
            />
            <span>
              {label} <span className="text-small text-muted">{text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {error && (
        <div className="mt-4">
          <Refusal error={error} />
        </div>
      )}
    </Dialog>
  )
}
