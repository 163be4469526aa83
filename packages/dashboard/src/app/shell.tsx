import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { deploymentName } from '../deployment.ts'
import { useSession } from '../session/session.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { useIsOneTimeScreen } from '../ui/one-time.ts'
import { Toaster } from '../ui/toast.tsx'
import { CommandMenu } from './command-menu.tsx'
import { navItems } from './nav.ts'
import { SessionOver } from './session-over.tsx'
import { Strip } from './strip.tsx'
import { useShortcuts } from './use-shortcuts.ts'
import { UserMenu } from './user-menu.tsx'

/** What is around every page: header, rail or bottom bar, strip. A one-time screen stands alone. */
export function Shell() {
  const session = useSession()
  const isAlone = useIsOneTimeScreen()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const { isMenuOpen, setMenuOpen, isHelpOpen, setHelpOpen } = useShortcuts()

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever hears the page is told of each new one
  useEffect(() => {
    document.getElementById('page-title')?.focus({ preventScroll: true })
  }, [path])

  const items = navItems(session.isOperator)
  return (
    <>
      <div className={isAlone ? '' : 'flex min-h-dvh flex-col bg-bg'}>
        {!isAlone && (
          <header className="sticky top-0 z-20 border-b border-line bg-surface">
            <button
              type="button"
              className="sr-only rounded-control bg-raised px-3 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-30"
              onClick={() => document.getElementById('content')?.focus()}
            >
              Skip to content
            </button>
            <div className="flex h-14 items-center gap-3 px-4 md:px-6">
              <Link
                to={session.isOperator ? '/accounts' : '/keys'}
                className="flex items-center gap-2 rounded-control font-semibold"
              >
                <Logo />
                <span className="max-sm:sr-only">Countersign</span>
              </Link>
              <span className="text-line" aria-hidden="true">
                /
              </span>
              <bdi className="min-w-0 truncate text-muted">
                {session.isOperator ? deploymentName : session.account.name}
              </bdi>
              {session.isOperator && (
                <span className="rounded-chip bg-ink-soft px-1.5 py-0.5 text-small font-medium text-ink">Operator</span>
              )}
              <span className="grow" />
              <CommandMenu isOpen={isMenuOpen} setOpen={setMenuOpen} />
              <UserMenu isHelpOpen={isHelpOpen} setHelpOpen={setHelpOpen} />
            </div>
          </header>
        )}
        {!isAlone && <Strip />}
        <div className={isAlone ? '' : 'flex grow'}>
          {!isAlone && (
            <nav
              aria-label="Pages"
              className="sticky top-14 hidden h-[calc(100dvh-3.5rem)] w-52 shrink-0 border-r border-line bg-surface p-3 md:block"
            >
              <ul className="space-y-1">
                {items.map(({ label, to }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      activeProps={{ className: 'bg-selected text-text font-medium', 'aria-current': 'page' }}
                      inactiveProps={{ className: 'text-muted' }}
                      activeOptions={{ includeSearch: false }}
                      className="flex min-h-9 items-center rounded-control px-3 transition-quick hover:bg-hover hover:text-text"
                    >
                      {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          {/* Always the same tree: a one-time screen must not be made anew when what is around it goes. */}
          <main id="content" tabIndex={-1} className={isAlone ? '' : 'min-w-0 grow px-4 pt-6 pb-28 md:px-6 md:pb-12'}>
            <div className={isAlone ? '' : 'mx-auto max-w-[1120px]'}>
              <Outlet />
            </div>
          </main>
        </div>
        {!isAlone && (
          <nav
            aria-label="Pages"
            className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
          >
            <ul className="grid grid-cols-4">
              {items.slice(0, 4).map(({ label, to }) => (
                <li key={to}>
                  <Link
                    to={to}
                    activeProps={{ className: 'text-ink font-medium border-ink', 'aria-current': 'page' }}
                    inactiveProps={{ className: 'text-muted border-transparent' }}
                    activeOptions={{ includeSearch: false }}
                    className="flex min-h-14 items-center justify-center border-t-2 px-1 text-center text-small -outline-offset-2"
                  >
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        )}
      </div>
      {!isAlone && <Toaster />}
      {!isAlone && session.end && <SessionOver end={session.end} />}
      <Announcer />
    </>
  )
}

function Logo() {
  return (
    <svg viewBox="0 0 64 64" width="24" height="24" aria-hidden="true" className="text-ink">
      <path
        d="M32 8 54 20V44L32 56 10 44V20Z"
        fill="none"
        stroke="currentColor"
        strokeWidth="7"
        strokeLinejoin="round"
      />
      <path d="M32 23 41 32 32 41 23 32Z" fill="currentColor" />
    </svg>
  )
}
