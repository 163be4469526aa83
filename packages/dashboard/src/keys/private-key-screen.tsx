import type { KeyType } from '@countersign/protocol'
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Fact } from '../ui/fact.tsx'
import { groupedFingerprint } from '../ui/ids.ts'
import { KeyMark } from '../ui/key-mark.tsx'
import { useOneTimeSecret } from '../ui/one-time.ts'
import { saveFile } from '../ui/save-file.ts'
import { CheckStep } from './check-step.tsx'
import { privateKeyFileName } from './file-name.ts'
import { LeaveDialog } from './leave-dialog.tsx'
import { SaveStep } from './save-step.tsx'
import { SigningSnippets } from './signing-snippets.tsx'
import { useFileCheck } from './use-file-check.ts'
import { useLeaving } from './use-leaving.ts'

interface PrivateKeyScreenProps {
  readonly keyId: string
  readonly name: string
  readonly keyType: KeyType
  readonly fingerprint: string
  /** The private key. It is in memory only, and dropped when this screen goes. */
  readonly privateKey: RefObject<string | undefined>
  readonly madeBy: 'browser' | 'server'
  /** Deletes the key, because nobody has its private key. */
  readonly onDelete: () => Promise<unknown>
  readonly onDone: () => void
}

/** The one screen that shows a private key: save it, prove that the file signs, use it. */
export function PrivateKeyScreen(props: PrivateKeyScreenProps) {
  const { keyId, name, keyType, fingerprint, privateKey, onDelete, onDone } = props
  const fileName = privateKeyFileName(name, keyId)
  const secret = useOneTimeSecret(privateKey)
  const [isFileSaved, setFileSaved] = useState(false)
  const isSaved = isFileSaved || secret.isCopied
  const file = useFileCheck({ keyId, fingerprint, fileName })
  const isProven = file.checked?.isProof === true
  const leaving = useLeaving(isProven, onDone)
  const next = isProven ? 'done' : isSaved ? 'check' : 'save'

  const save = () => {
    saveFile(fileName, privateKey.current ?? '', 'application/x-pem-file')
    setFileSaved(true)
  }
  return (
    <div className="min-h-dvh bg-bg pb-24 sm:px-6 sm:py-12">
      <div className="mx-auto max-w-[760px] border-line bg-surface p-4 pt-8 sm:rounded-panel sm:border sm:p-8">
        <Header {...props} />
        <ol className="space-y-6">
          <Step number={1} title="Save">
            <SaveStep
              fileName={fileName}
              privateKey={privateKey}
              secret={secret}
              isNext={next === 'save'}
              onSave={save}
            />
          </Step>
          <Step number={2} title="Check">
            <CheckStep file={file} isNext={next === 'check'} />
          </Step>
          <Step number={3} title="Use">
            <SigningSnippets keyId={keyId} keyType={keyType} fileName={fileName} />
          </Step>
        </ol>
        <div className="mt-8 flex justify-end max-sm:fixed max-sm:inset-x-0 max-sm:bottom-0 max-sm:z-30 max-sm:border-t max-sm:border-line max-sm:bg-surface max-sm:p-4">
          <Button
            kind={next === 'done' ? 'filled' : 'quiet'}
            onClick={isProven ? leaving.leave : leaving.ask}
            className="max-sm:w-full"
          >
            Done
          </Button>
        </div>
      </div>
      <LeaveDialog
        isOpen={leaving.isAsking}
        isSaved={isSaved}
        onBack={leaving.stay}
        onLeave={async () => {
          if (!isSaved) await onDelete().catch(() => undefined)
          leaving.leave()
        }}
      />
    </div>
  )
}

function Header({ keyId, name, fingerprint, madeBy }: PrivateKeyScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus()
    announce('Private key ready to save.')
  }, [])
  return (
    <div className="mb-8 flex flex-wrap items-start gap-x-6 gap-y-4">
      <KeyMark fingerprint={fingerprint} size={96} />
      <div className="min-w-0 flex-1 basis-64">
        <h1 ref={heading} tabIndex={-1} className="text-title">
          Save the private key of <bdi className="break-words">{name}</bdi>
        </h1>
        <p className="mt-1 text-muted">
          It exists only on this page. Countersign kept the public key and cannot show this again.
          {madeBy === 'server' && ' The server made it and kept nothing of it.'}
        </p>
        <dl className="mt-3 grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1">
          <Fact name="Key id" className="min-w-0">
            <CopyField value={keyId} label="key id" />
          </Fact>
          <dt className="self-start text-muted">Fingerprint</dt>
          <dd className="min-w-0 font-mono text-small leading-5 text-muted">{groupedFingerprint(fingerprint)}</dd>
        </dl>
      </div>
    </div>
  )
}

interface StepProps {
  readonly number: number
  readonly title: string
  readonly children: ReactNode
}

function Step({ number, title, children }: StepProps) {
  return (
    <li className="grid grid-cols-[1.5rem_1fr] gap-x-3 sm:grid-cols-[1.5rem_4rem_1fr]">
      <span className="font-medium text-muted">{number}</span>
      <h2 className="font-medium">{title}</h2>
      <div className="col-span-2 min-w-0 max-sm:mt-2 sm:col-span-1">{children}</div>
    </li>
  )
}
