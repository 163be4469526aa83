import { type RefObject, useEffect, useRef } from 'react'
import { usePreference } from '../../preferences.ts'
import { Button } from '../../ui/button.tsx'
import { COPIED, useOneTimeSecret } from '../../ui/one-time.ts'
import { clockTime } from '../../ui/times.ts'

interface LinkScreenProps {
  readonly accountName: string
  /** The link. It is in memory only, and dropped when this screen goes. */
  readonly url: RefObject<string | undefined>
  /** Unix milliseconds. */
  readonly expiresAt: number
  readonly onDone: () => void
}

/** The one screen that shows a sign-in link. */
export function LinkScreen({ accountName, url, expiresAt, onDone }: LinkScreenProps) {
  const [zone] = usePreference('times')
  const { isShown, isCopied, toggle, copy } = useOneTimeSecret(url)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
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
          <Button kind="plain" aria-pressed={isShown} onClick={toggle}>
            {isShown ? 'Hide' : 'Show'}
          </Button>
          {isCopied && <span className="text-muted">{COPIED}</span>}
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
