import { Link } from '@tanstack/react-router'
import { deploymentName } from '../deployment.ts'
import { useSession } from '../session/session.tsx'
import { CommandMenu } from './command-menu.tsx'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'
import { useShortcuts } from './use-shortcuts.ts'
import { UserMenu } from './user-menu.tsx'

/** The header of every page: where this is, the command menu and the user menu. */
export function Header() {
  const { isOperator, account } = useSession()
  const { isMenuOpen, setMenuOpen, isHelpOpen, setHelpOpen } = useShortcuts()
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      <button
        type="button"
        className="sr-only rounded-control bg-raised px-3 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-30"
        onClick={() => document.getElementById('content')?.focus()}
      >
        Skip to content
      </button>
      <div className="flex h-14 items-center gap-3 px-4 md:px-6">
        <Link to={isOperator ? '/accounts' : '/keys'} className="flex items-center gap-2 rounded-control font-semibold">
          <Logo />
          <span className="max-sm:sr-only">Countersign</span>
        </Link>
        <span className="text-line" aria-hidden="true">
          /
        </span>
        <bdi className="min-w-0 truncate text-muted">{isOperator ? deploymentName : account.name}</bdi>
        {isOperator && (
          <span className="rounded-chip bg-ink-soft px-1.5 py-0.5 text-small font-medium text-ink">Operator</span>
        )}
        <span className="grow" />
        <CommandMenu isOpen={isMenuOpen} setOpen={setMenuOpen} />
        <UserMenu onHelp={() => setHelpOpen(true)} />
      </div>
      <ShortcutsDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </header>
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
