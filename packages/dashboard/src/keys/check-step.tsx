import { useRef } from 'react'
import { Button } from '../ui/button.tsx'
import { KeyMark } from '../ui/key-mark.tsx'
import { Notice } from '../ui/notice.tsx'
import { useIsOnline } from '../ui/online.ts'
import type { FileCheck } from './saved-file.ts'
import type { useFileCheck } from './use-file-check.ts'

interface CheckStepProps {
  readonly file: ReturnType<typeof useFileCheck>
  /** Whether this is the step to take now. */
  readonly isNext: boolean
}

/** Takes the saved file by a button or a drop, and says whether it signs. */
export function CheckStep({ file: { isBusy, checked, check }, isNext }: CheckStepProps) {
  const isOnline = useIsOnline()
  const picker = useRef<HTMLInputElement>(null)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside it does the same
    <div
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        check(event.dataTransfer.files[0])
      }}
      className="rounded-control border border-dashed border-edge p-3"
    >
      <div className="flex flex-wrap items-center gap-3">
        <Button
          kind={isNext ? 'filled' : 'quiet'}
          onClick={() => picker.current?.click()}
          disabled={isBusy}
          disabledBecause={isOnline ? undefined : 'Checking waits until the connection is back.'}
        >
          {isBusy ? 'Checking' : 'Choose the saved file'}
        </Button>
        <span className="text-muted">or drop it here. It is read in this browser and not sent.</span>
        <input
          ref={picker}
          type="file"
          accept=".pem,.key,.txt"
          className="sr-only"
          tabIndex={-1}
          aria-label="The saved file"
          onChange={(event) => {
            check(event.target.files?.[0])
            event.target.value = ''
          }}
        />
      </div>
      {checked && (
        <div className="mt-3">
          <Result checked={checked} />
        </div>
      )}
    </div>
  )
}

function Result({ checked: { tone, text, mark } }: { readonly checked: FileCheck }) {
  return (
    <Notice tone={tone}>
      {mark && (
        <span className="mr-2 inline-flex items-center gap-2 align-middle">
          <KeyMark fingerprint={mark} size={20} />
          <span className="font-mono text-small">{mark}</span>
        </span>
      )}
      {text}
    </Notice>
  )
}
