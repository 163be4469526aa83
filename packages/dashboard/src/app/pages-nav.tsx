import { Link } from '@tanstack/react-router'
import { useSession } from '../session/session.tsx'
import { navItems } from './nav.ts'

/** The rail at the left, on a screen that has room for it. */
export function Rail() {
  const { isOperator } = useSession()
  return (
    <nav
      aria-label="Pages"
      className="sticky top-14 hidden h-[calc(100dvh-3.5rem)] w-52 shrink-0 border-r border-line bg-surface p-3 md:block"
    >
      <ul className="space-y-1">
        {navItems(isOperator).map(({ label, to }) => (
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
  )
}

/** The bar at the bottom of a phone: four pages, the others are in the menu. */
export function BottomBar() {
  const { isOperator } = useSession()
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="grid grid-cols-4">
        {navItems(isOperator)
          .slice(0, 4)
          .map(({ label, to }) => (
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
  )
}
