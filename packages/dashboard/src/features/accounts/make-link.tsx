import type { Account, CreateLinkResponse } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { RadioGroup } from '../../ui/radio-group.tsx'
import { useTask } from '../../ui/use-task.ts'

type Access = 'read' | 'read_write'

const ACCESSES: readonly (readonly [Access, string, string])[] = [
  ['read_write', 'read and write', 'see everything, make and end keys'],
  ['read', 'read', 'see everything, change nothing'],
]

interface MakeLinkProps {
  readonly isOpen: boolean
  readonly account: Account
  readonly onClose: () => void
  readonly onMade: (link: CreateLinkResponse) => void
}

/** Asks what a sign-in link may do, and makes it. No cache keeps the link. */
export function MakeLink({ isOpen, account, onClose, onMade }: MakeLinkProps) {
  const { call } = useSession()
  const [access, setAccess] = useState<Access>('read_write')
  const make = useTask(async () =>
    onMade(await call(calls.createLink, { body: { account_id: account.account_id, access } })),
  )
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      title="Make sign-in link"
      description={`Signs one browser in as ${account.name}, for 8 hours.`}
      confirm="Make link"
      kind="filled"
      isBusy={make.isBusy}
      error={make.error}
      onConfirm={make.run}
    >
      <RadioGroup legend="The browser may" value={access} options={ACCESSES} onChange={setAccess} />
    </ConfirmDialog>
  )
}
