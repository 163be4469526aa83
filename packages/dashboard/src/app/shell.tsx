import { Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useSession } from '../session/session.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { useIsOneTimeScreen } from '../ui/one-time.ts'
import { Toaster } from '../ui/toast.tsx'
import { Header } from './header.tsx'
import { BottomBar, Rail } from './pages-nav.tsx'
import { SessionOver } from './session-over.tsx'
import { Strip } from './strip.tsx'

/** What is around every page: header, rail or bottom bar, strip. A one-time screen stands alone. */
export function Shell() {
  const { end } = useSession()
  const isAlone = useIsOneTimeScreen()
  const path = useRouterState({ select: ({ location }) => location.pathname })

  // biome-ignore lint/correctness/useExhaustiveDependencies: screen readers read the title of each new page
  useEffect(() => {
    document.getElementById('page-title')?.focus({ preventScroll: true })
  }, [path])

  return (
    <>
      {/* Always the same tree: what is around a one-time screen goes, and the screen must not be mounted again. */}
      <div className={isAlone ? '' : 'flex min-h-dvh flex-col bg-bg'}>
        {!isAlone && <Header />}
        {!isAlone && <Strip />}
        <div className={isAlone ? '' : 'flex grow'}>
          {!isAlone && <Rail />}
          <main id="content" tabIndex={-1} className={isAlone ? '' : 'min-w-0 grow px-4 pt-6 pb-28 md:px-6 md:pb-12'}>
            <div className={isAlone ? '' : 'mx-auto max-w-[1120px]'}>
              <Outlet />
            </div>
          </main>
        </div>
        {!isAlone && <BottomBar />}
      </div>
      {!isAlone && <Toaster />}
      {!isAlone && end && <SessionOver end={end} />}
      <Announcer />
    </>
  )
}
