import { ApiError } from '@countersign/client'
import type { KeyType } from '@countersign/protocol'
import { useBlocker } from '@tanstack/react-router'
import { type DragEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { tryKey } from '../api/connection.ts'
import { clockOffsetMs } from '../api/server-clock.ts'
import { apiUrl, deployment, publicBasePath } from '../deployment.ts'
import { preference } from '../preferences.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { CodeTabs } from '../ui/code-tabs.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { groupedFingerprint } from '../ui/ids.ts'
import { KeyMark } from '../ui/key-mark.tsx'
import { Notice, type NoticeTone } from '../ui/notice.tsx'
import { useForgotten, useOneTimeScreen } from '../ui/one-time.ts'
import { useIsOnline } from '../ui/online.ts'
import { refusalWords } from '../ui/refusal-words.ts'
import { saveFile } from '../ui/save-file.ts'
import { clockTime, duration } from '../ui/times.ts'
import { privateKeyFileName } from './file-name.ts'
import { readSavedKey } from './read-saved-key.ts'
import { snippetsFor } from './snippets.ts'

interface PrivateKeyScreenProps {
  readonly keyId: string
  readonly name: string
  readonly keyType: KeyType
  readonly fingerprint: string
  /** The private key; in memory only, dropped when this screen goes. */
  readonly privateKey: RefObject<string | undefined>
  readonly madeBy: 'browser' | 'server'
  /** Deletes the key: nobody could use it. */
  readonly onDelete: () => Promise<unknown>
  readonly onDone: () => void
}

type Checked = { readonly tone: NoticeTone; readonly text: string; readonly isProof?: boolean; readonly mark?: string }

/** The one screen that shows a private key: save it, prove that the file signs, use it. */
export function PrivateKeyScreen(props: PrivateKeyScreenProps) {
  const { keyId, name, keyType, fingerprint, privateKey, madeBy, onDelete, onDone } = props
  useOneTimeScreen()
  const [isSaved, setSaved] = useState(false)
  const [isShown, setShown] = useState(false)
  const [isCopied, setCopied] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const [checked, setChecked] = useState<Checked>()
  const isOnline = useIsOnline()
  const picker = useRef<HTMLInputElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const isFinished = useRef(false)
  const isProven = checked?.isProof === true
  const fileName = privateKeyFileName(name, keyId)

  useEffect(() => {
    heading.current?.focus()
    announce('Private key ready to save.')
  }, [])
  useForgotten(privateKey)

  const blocker = useBlocker({
    shouldBlockFn: () => !isFinished.current && !isProven,
    enableBeforeUnload: () => !isFinished.current && !isProven,
    withResolver: true,
  })
  const leave = () => {
    isFinished.current = true
    if (blocker.status === 'blocked') blocker.proceed()
    else onDone()
  }

  const save = () => {
    saveFile(fileName, privateKey.current ?? '', 'application/x-pem-file')
    setSaved(true)
  }
  const copy = async () => {
    await navigator.clipboard.writeText(privateKey.current ?? '')
    setCopied(true)
    setSaved(true)
    announce('Copied. Other programs can read the clipboard.')
  }
  const check = async (file: File | undefined) => {
    if (!file) return
    setBusy(true)
    const result = await checkFile(file, keyId, fingerprint, fileName)
    setBusy(false)
    setChecked(result)
    announce(result.text)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    check(event.dataTransfer.files[0])
  }

  const next = isProven ? 'done' : isSaved ? 'check' : 'save'
  return (
    <div className="min-h-dvh bg-bg pb-24 sm:px-6 sm:py-12">
      <div className="mx-auto max-w-[760px] border-line bg-surface p-4 pt-8 sm:rounded-panel sm:border sm:p-8">
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
              <dt className="text-muted">Key id</dt>
              <dd className="min-w-0">
                <CopyField value={keyId} label="key id" />
              </dd>
              <dt className="self-start text-muted">Fingerprint</dt>
              <dd className="min-w-0 font-mono text-small leading-5 text-muted">{groupedFingerprint(fingerprint)}</dd>
            </dl>
          </div>
        </div>

        <ol className="space-y-6">
          <Step number={1} title="Save">
            <div className="flex flex-wrap items-center gap-2">
              <Button kind={next === 'save' ? 'filled' : 'quiet'} onClick={save} className="max-w-full">
                <span className="truncate">Save {fileName}</span>
              </Button>
              <Button kind="plain" onClick={copy}>
                Copy
              </Button>
              <Button kind="plain" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
                {isShown ? 'Hide' : 'Show'}
              </Button>
            </div>
            {isCopied && (
              <p className="mt-2 text-muted" role="status">
                Copied. Other programs can read the clipboard.
              </p>
            )}
            <pre
              tabIndex={0}
              role="group"
              aria-label="Private key"
              className="mt-3 max-h-64 overflow-auto rounded-control bg-sunken p-3 font-mono text-mono"
            >
              {isShown ? privateKey.current : masked(privateKey.current)}
            </pre>
            <p className="mt-2 text-small text-muted">
              Then, so that nobody else on that machine reads it:{' '}
              <code className="font-mono">chmod 600 {fileName}</code>
            </p>
          </Step>
          <Step number={2} title="Check">
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the button beside it does the same */}
            <div
              onDragOver={(event) => event.preventDefault()}
              onDrop={drop}
              className="rounded-control border border-dashed border-edge p-3"
            >
              <div className="flex flex-wrap items-center gap-3">
                <Button
                  kind={next === 'check' ? 'filled' : 'quiet'}
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
                  <Notice tone={checked.tone}>
                    {checked.mark && (
                      <span className="mr-2 inline-flex items-center gap-2 align-middle">
                        <KeyMark fingerprint={checked.mark} size={20} />
                        <span className="font-mono text-small">{checked.mark}</span>
                      </span>
                    )}
                    {checked.text}
                  </Notice>
                </div>
              )}
            </div>
          </Step>
          <Step number={3} title="Use">
            <CodeTabs
              label="Languages"
              snippets={snippetsFor({
                keyId,
                keyType,
                fileName,
                url: apiUrl,
                basePath: publicBasePath,
                headerPrefix: deployment.headerPrefix,
              })}
            />
          </Step>
        </ol>
        <div className="mt-8 flex justify-end max-sm:fixed max-sm:inset-x-0 max-sm:bottom-0 max-sm:z-30 max-sm:border-t max-sm:border-line max-sm:bg-surface max-sm:p-4">
          <Button
            kind={next === 'done' ? 'filled' : 'quiet'}
            onClick={() => (isProven ? leave() : setAsking(true))}
            className="max-sm:w-full"
          >
            Done
          </Button>
        </div>
      </div>
      <LeaveDialog
        isOpen={isAsking || (blocker.status === 'blocked' && !isProven)}
        isSaved={isSaved}
        onBack={() => {
          setAsking(false)
          if (blocker.status === 'blocked') blocker.reset()
        }}
        onLeave={async () => {
          if (!isSaved) await onDelete().catch(() => undefined)
          leave()
        }}
      />
    </div>
  )
}

/** The first line, and dots for the rest: screens are shared. */
function masked(pem = ''): string {
  const [first = ''] = pem.split('\n', 1)
  return `${first} ${'•'.repeat(24)}`
}

function Step({
  number,
  title,
  children,
}: {
  readonly number: number
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <li className="grid grid-cols-[1.5rem_1fr] gap-x-3 sm:grid-cols-[1.5rem_4rem_1fr]">
      <span className="font-medium text-muted">{number}</span>
      <h2 className="font-medium">{title}</h2>
      <div className="col-span-2 min-w-0 max-sm:mt-2 sm:col-span-1">{children}</div>
    </li>
  )
}

interface LeaveDialogProps {
  readonly isOpen: boolean
  readonly isSaved: boolean
  readonly onBack: () => void
  readonly onLeave: () => void
}

function LeaveDialog({ isOpen, isSaved, onBack, onLeave }: LeaveDialogProps) {
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

/** Reads the file here, and lets the server judge a request that is signed with what it holds. */
async function checkFile(file: File, keyId: string, fingerprint: string, fileName: string): Promise<Checked> {
  const text = file.size > MAX_KEY_FILE_BYTES ? '' : await file.text()
  const saved = await readSavedKey(text)
  if (saved.kind === 'public') return { tone: 'bad', text: 'This is a public key.' }
  if (saved.kind === 'unreadable') return { tone: 'bad', text: `This file holds no private key. Choose ${fileName}.` }
  if (saved.fingerprint !== fingerprint) {
    return { tone: 'bad', mark: saved.fingerprint, text: `This file holds another key. Choose ${fileName}.` }
  }
  try {
    await tryKey(keyId, text)
    const at = clockTime(Date.now() + clockOffsetMs(), preference('times'), true)
    return {
      tone: 'ok',
      isProof: true,
      text: `It works. The server accepted a request signed with this file at ${at}.`,
    }
  } catch (error) {
    return refusedCheck(error)
  }
}

function refusedCheck(error: unknown): Checked {
  if (!(error instanceof ApiError)) return { tone: 'warn', text: 'The server was not reached. Checking waits.' }
  if (error.code === 'ip_not_allowed') {
    return {
      tone: 'warn',
      isProof: true,
      text: "The signature is right. Your address is not on the key's list, so the server refused the request itself.",
    }
  }
  if (error.code === 'header_timestamp_expired') {
    return { tone: 'warn', text: `Signature not judged: clock ${duration(Math.abs(clockOffsetMs()))} off.` }
  }
  const { title, fix = '' } = refusalWords(error)
  return { tone: 'bad', text: `${title}. ${fix}` }
}

const MAX_KEY_FILE_BYTES = 32_768
