import { useNavigate } from '@tanstack/react-router'
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { usePreference } from '../preferences.ts'
import { useSession } from '../session/session.tsx'
import { chooseTheme, type ThemeChoice, themeChoice } from '../theme.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useIsOnline } from '../ui/online.ts'
import { clockTime } from '../ui/times.ts'
import { navItems } from './nav.ts'
import { SHORTCUTS } from './use-shortcuts.ts'

interface UserMenuProps {
  readonly isHelpOpen: boolean
  readonly setHelpOpen: (isOpen: boolean) => void
}

const ITEM =
  'flex min-h-9 cursor-pointer items-center justify-between gap-6 rounded-chip px-3 outline-none data-[highlighted]:bg-hover pointer-coarse:min-h-11'

/** The menu of the header. */
export function UserMenu({ isHelpOpen, setHelpOpen }: UserMenuProps) {
  const session = useSession()
  const navigate = useNavigate()
  const isOnline = useIsOnline()
  const [times, setTimes] = usePreference('times')
  const [shortcuts, setShortcuts] = usePreference('shortcuts')
  const [theme, setTheme] = useState<ThemeChoice>(themeChoice)
  const [isLeaving, setLeaving] = useState(false)
  const ends = clockTime(session.expiresAt, times)

  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          className="flex size-9 items-center justify-center rounded-control border border-edge text-text transition-quick hover:bg-hover pointer-coarse:size-11"
          aria-label="Menu"
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M2 4h12M2 8h12M2 12h12" stroke="currentColor" strokeWidth="1.6" />
          </svg>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={8}
            className="appear z-30 min-w-64 rounded-panel border border-line bg-raised p-1.5 shadow-raised"
          >
            {navItems(session.isOperator)
              .slice(4)
              .map(({ label, to }) => (
                <DropdownMenu.Item key={to} className={`${ITEM} md:hidden`} onSelect={() => navigate({ to })}>
                  {label}
                </DropdownMenu.Item>
              ))}
            <DropdownMenu.Item className={ITEM} onSelect={() => navigate({ to: '/browsers' })}>
              Signed-in browsers
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
            <DropdownMenu.Item
              className={ITEM}
              onSelect={(event) => {
                event.preventDefault()
                setTimes(times === 'utc' ? 'local' : 'utc')
              }}
            >
              Times <span className="text-muted">{times === 'utc' ? 'UTC' : 'local'}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Item
              className={ITEM}
              onSelect={(event) => {
                event.preventDefault()
                const next = NEXT_THEME[theme]
                chooseTheme(next)
                setTheme(next)
              }}
            >
              Theme <span className="text-muted">{theme}</span>
            </DropdownMenu.Item>
            <DropdownMenu.Item className={ITEM} onSelect={() => setHelpOpen(true)}>
              Shortcuts <kbd className="font-mono text-small text-muted">?</kbd>
            </DropdownMenu.Item>
            <DropdownMenu.Item className={ITEM} asChild>
              <a href="/docs" target="_blank" rel="noopener noreferrer">
                API reference <span className="text-small text-muted">new tab</span>
              </a>
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
            <DropdownMenu.Item
              className={`${ITEM} py-1.5`}
              onSelect={() => (isOnline ? session.signOut().catch(() => undefined) : setLeaving(true))}
            >
              <span>
                Sign out
                <span className="block text-small text-muted">Ends {ends}</span>
              </span>
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Dialog
        isOpen={isLeaving}
        onClose={() => setLeaving(false)}
        title="Sign out while offline"
        description={`The key in this browser is deleted. The server ends the session at ${ends}.`}
        actions={
          <>
            <Button onClick={() => setLeaving(false)}>Cancel</Button>
            <Button kind="filled" onClick={() => session.signOut().catch(() => undefined)}>
              Sign out
            </Button>
          </>
        }
      />
      <Dialog
        isOpen={isHelpOpen}
        onClose={() => setHelpOpen(false)}
        title="Keyboard shortcuts"
        actions={<Button onClick={() => setHelpOpen(false)}>Close</Button>}
      >
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
          {SHORTCUTS.map(([keys, what]) => (
            <div key={keys} className="contents">
              <dt className="font-mono text-mono">{keys}</dt>
              <dd className="text-muted">{what}</dd>
            </div>
          ))}
        </dl>
        <label className="mt-4 flex min-h-9 items-center gap-3">
          <input
            type="checkbox"
            className="size-4 accent-ink"
            checked={shortcuts === 'on'}
            onChange={(event) => setShortcuts(event.target.checked ? 'on' : 'off')}
          />
          Single letters work
        </label>
      </Dialog>
    </>
  )
}

const NEXT_THEME = { system: 'light', light: 'dark', dark: 'system' } as const
