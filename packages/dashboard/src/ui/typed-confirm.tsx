import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { Refusal } from './blocks.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { groupedFingerprint, shortId } from './ids.ts'
import { KeyMark } from './key-mark.tsx'
import { Name } from './name.tsx'

interface TypedConfirmProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** "revoke", "delete". */
  readonly verb: string
  readonly consequence: ReactNode
  readonly keyToEnd: { readonly api_key_id: string; readonly name: string; readonly fingerprint: string }
  readonly children?: ReactNode
  readonly isBusy: boolean
  readonly error: Error | null
  readonly onConfirm: () => void
}

/** Asks for the short id before a final act. Not for the name: names repeat, and may be in any script. */
export function TypedConfirm({
  isOpen,
  onClose,
  verb,
  consequence,
  keyToEnd,
  children,
  isBusy,
  error,
  onConfirm,
}: TypedConfirmProps) {
  const [typed, setTyped] = useState('')
  const id = useId()
  const short = shortId(keyToEnd.api_key_id)
  const isEqual = typed.trim() === short
  const close = () => {
    setTyped('')
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isEqual && !isBusy) onConfirm()
  }
  const title = `${verb.charAt(0).toUpperCase()}${verb.slice(1)} this key`
  return (
    <Dialog isOpen={isOpen} onClose={close} title={title} description={consequence}>
      <form onSubmit={submit}>
        <KeyToEnd row={keyToEnd} />
        {children}
        <label htmlFor={id} className="mb-1 block">
          Type <span className="font-mono text-mono font-medium">{short}</span> to {verb} this key
        </label>
        <input
          id={id}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="min-h-9 w-full rounded-control border border-edge bg-surface px-3 font-mono text-mono max-sm:text-field pointer-coarse:min-h-11"
        />
        {error && (
          <div className="mt-4">
            <Refusal error={error} />
          </div>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-3">
          <Button onClick={close}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={!isEqual || isBusy}>
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function KeyToEnd({ row }: { readonly row: TypedConfirmProps['keyToEnd'] }) {
  return (
    <div className="mb-4 flex items-center gap-3 rounded-control bg-sunken p-3">
      <KeyMark fingerprint={row.fingerprint} size={32} />
      <div className="min-w-0">
        <Name className="font-medium">{row.name}</Name>
        <div className="font-mono text-small break-words text-muted">{groupedFingerprint(row.fingerprint)}</div>
      </div>
    </div>
  )
}
