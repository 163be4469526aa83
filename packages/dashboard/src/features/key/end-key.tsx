import type { ApiKeyDetails } from '@countersign/api'
import { useSession } from '../../session/session.tsx'
import { useChangeProblem } from '../../session/use-change-problem.ts'
import { Refusal, Section } from '../../ui/blocks.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { counted } from '../../ui/numbers.ts'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'
import { useNow } from '../../ui/use-now.ts'
import { RevokeDialog } from './revoke-dialog.tsx'
import { useEndKey } from './use-end-key.ts'

const HOUR_MS = 3_600_000
const DISABLED = 'Refused until you enable it again.'
const DELETED = 'Final. Leaves the list; its audit events stay. Suspect a leak? Revoke instead.'

/** Disables, revokes or deletes a key. */
export function EndKey({ row }: { readonly row: ApiKeyDetails }) {
  const { isOperator } = useSession()
  const changeProblem = useChangeProblem()
  const { asked, ask, toggle, remove, refresh } = useEndKey(row)
  const close = () => ask(undefined)
  const isOver = row.state === 'revoked' || row.state === 'expired'
  const isDisabled = row.state === 'disabled'
  const isHeld = isDisabled && row.disabled_by === 'operator' && !isOperator
  const revoked = `Final. Refused for good; stays listed with its reason.${row.rotation ? ' Ends the rotation too.' : ''}`
  return (
    <Section title="End this key" className="border-bad-graphic/40">
      <RecentUse row={row} />
      <div className="divide-y divide-line">
        {!isOver && (
          <EndRow
            title={isDisabled ? 'Enable' : 'Disable'}
            consequence={isDisabled ? 'Its requests are accepted again.' : DISABLED}
            because={
              changeProblem ?? (isHeld ? 'An operator disabled it, and only an operator enables it.' : undefined)
            }
            onClick={() => (isDisabled ? toggle.mutate('enable') : ask('disable'))}
          />
        )}
        {row.state !== 'revoked' && (
          <EndRow title="Revoke" consequence={revoked} because={changeProblem} onClick={() => ask('revoke')} />
        )}
        <EndRow title="Delete" consequence={DELETED} because={changeProblem} onClick={() => ask('delete')} />
      </div>
      {toggle.error && (
        <div className="mt-4">
          <Refusal error={toggle.error} />
        </div>
      )}
      <ConfirmDialog
        isOpen={asked === 'disable'}
        onClose={close}
        title="Disable this key"
        description={DISABLED}
        confirm="Disable key"
        kind="filled"
        isBusy={toggle.isPending}
        error={toggle.error}
        onConfirm={() => toggle.mutate('disable')}
      />
      <RevokeDialog row={row} consequence={revoked} isOpen={asked === 'revoke'} onClose={close} onRevoked={refresh} />
      <TypedConfirm
        isOpen={asked === 'delete'}
        onClose={close}
        verb="delete"
        consequence={DELETED}
        keyToEnd={row}
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      />
    </Section>
  )
}

/** A warning that the key was in use within the last hour. */
function RecentUse({ row }: { readonly row: ApiKeyDetails }) {
  const now = useNow()
  if (row.last_used_at === undefined || now - row.last_used_at >= HOUR_MS) return null
  const hours = row.last_24_hours
  const inLastHour = hours ? (hours.allowed.at(-1) ?? 0) + (hours.not_allowed.at(-1) ?? 0) : undefined
  return (
    <div className="mb-4">
      <Notice tone="warn">
        {inLastHour === undefined
          ? 'It signed requests in the last hour.'
          : `It signed ${counted(inLastHour, 'request')} in this hour.`}
      </Notice>
    </div>
  )
}

interface EndRowProps {
  readonly title: string
  readonly consequence: string
  readonly because: string | undefined
  readonly onClick: () => void
}

function EndRow({ title, consequence, because, onClick }: EndRowProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3">
      <div className="max-w-[52ch]">
        <h3 className="font-medium">{title}</h3>
        <p className="text-muted">{consequence}</p>
      </div>
      <Button onClick={onClick} disabledBecause={because} className="max-sm:w-full">
        {title} key
      </Button>
    </div>
  )
}
