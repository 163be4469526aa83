import { type RefObject, useEffect, useRef, useState } from 'react'
import { usePreference } from '../../preferences.ts'
import { announce } from '../../ui/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { useForgotten, useOneTimeScreen } from '../../ui/one-time.ts'
import { clockTime } from '../../ui/times.ts'

interface LinkScreenProps {
  readonly accountName: string
  /** The link; in memory only, dropped when this screen goes. */
  readonly url: RefObject<string | undefined>
  /** Unix milliseconds. */
  readonly expiresAt: number
  readonly onDone: () => void
}

/** The one screen that shows a sign-in link. */
export function LinkScreen({ accountName, url, expiresAt, onDone }: LinkScreenProps) {
  useOneTimeScreen()
  const [zone] = usePreference('times')
  const [isCopied, setCopied] = useState(false)
  const [isShown, setShown] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  useForgotten(url)
  const copy = async () => {
    await navigator.clipboard.writeText(url.current ?? '')
    setCopied(true)
    announce('Copied. Other programs can read the clipboard.')
  }
  return (
    <div className="flex min-h-dvh flex-col items-center bg-bg sm:justify-center sm:p-6">
      <section className="w-full border-line bg-surface p-4 pt-8 sm:max-w-[560px] sm:rounded-panel sm:border sm:p-8">
        <h1 ref={heading} tabIndex={-1} className="text-title break-words">
          Sign-in link for <bdi>{accountName}</bdi>
        </h1>
        <p className="mt-2 text-muted">
          Whoever opens it first is signed in as this account. Works once, until {clockTime(expiresAt, zone)}.
        </p>
        <p className="mt-4 rounded-control bg-sunken p-3 font-mono text-mono break-all" data-link="">
          {isShown ? url.current : masked(url.current)}
        </p>
        <div className="mt-4 flex flex-wrap items-center gap-3">
          <Button kind={isCopied ? 'quiet' : 'filled'} onClick={copy}>
            Copy link
          </Button>
          <Button kind="plain" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? 'Hide' : 'Show'}
          </Button>
          {isCopied && <span className="text-muted">Copied. Other programs can read the clipboard.</span>}
        </div>
        <div className="mt-8 flex justify-end">
          <Button kind={isCopied ? 'filled' : 'quiet'} onClick={onDone}>
            Done
          </Button>
        </div>
      </section>
    </div>
  )
}

/** The address without its code: screens are shared. */
function masked(url = ''): string {
  return `${url.slice(0, url.indexOf('#') + 1)}${'•'.repeat(24)}`
}
