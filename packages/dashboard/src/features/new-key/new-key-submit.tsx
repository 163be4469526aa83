import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Refusal } from '../../ui/blocks.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { shortId } from '../../ui/ids.ts'
import { LostAnswer } from './make-key.ts'
import type { NewKeyForm } from './use-new-key-form.ts'

/** The foot of the form: why the last attempt failed, and the button that makes the key. */
export function NewKeySubmit({ form }: { readonly form: NewKeyForm }) {
  const { error, isBusy, changeProblem, remove } = form
  return (
    <div className="space-y-4 p-4 sm:p-6">
      {error instanceof LostAnswer ? (
        <Lost keyId={error.keyId} onDelete={() => remove(error.keyId)} />
      ) : (
        error && <Refusal error={error} />
      )}
      <div className="flex flex-wrap justify-end gap-3">
        <Link to="/keys" className={buttonClass('quiet')}>
          Cancel
        </Link>
        <Button kind="filled" type="submit" disabled={isBusy} disabledBecause={changeProblem}>
          {isBusy ? <Elapsed /> : 'Make key'}
        </Button>
      </div>
    </div>
  )
}

function Lost({ keyId, onDelete }: { readonly keyId: string; readonly onDelete: () => void }) {
  return (
    <div role="alert" className="rounded-control bg-bad-soft p-3">
      <div className="font-medium text-bad">The answer was lost on the way</div>
      <div className="mt-1 text-muted">
        Key <span className="font-mono">{shortId(keyId)}</span> was made, but its private key cannot be shown again.
      </div>
      <Button className="mt-3" onClick={onDelete}>
        Delete it and make another
      </Button>
    </div>
  )
}

function Elapsed() {
  const [since] = useState(Date.now)
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - since) / 1000)), 250)
    return () => clearInterval(timer)
  }, [since])
  return (
    <>
      Making the key pair... <span className="w-8 text-right">{seconds} s</span>
    </>
  )
}
