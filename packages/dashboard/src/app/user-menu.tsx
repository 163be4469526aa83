import { useNavigate } from '@tanstack/react-router'
import { DropdownMenu } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { usePreference } from '../preferences.ts'
import { useSession } from '../session/session.tsx'
import { chooseTheme, type ThemeChoice, themeChoice } from '../theme.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useIsOnline } from '../ui/online.ts'
import { clockTime } from '../ui/times.ts'
import { navItems } from './nav.ts'

const ITEM =
  'flex min-h-9 cursor-pointer items-center justify-between gap-6 rounded-chip px-3 outline-none data-[highlighted]:bg-hover pointer-coarse:min-h-11'

/** The menu of the header. */
export function UserMenu({ onHelp }: { readonly onHelp: () => void }) {
  const session = useSession()
  const isOnline = useIsOnline()
  const [times] = usePreference('times')
  const [theme, setTheme] = useState<ThemeChoice>(themeChoice)
  const [isLeaving, setLeaving] = useState(false)
  const ends = clockTime(session.expiresAt, times)
  const choose = (next: ThemeChoice) => {
    chooseTheme(next)
    setTheme(next)
  }
  const signOut = () => session.signOut().catch(() => undefined)
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <MenuButton />
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={8}
            className="appear z-30 min-w-64 rounded-panel border border-line bg-raised p-1.5 shadow-raised"
          >
            <PageItems />
            <Separator />
            <TimesItem />
            <Item staysOpen onSelect={() => choose(NEXT_THEME[theme])}>
              Theme <span className="text-muted">{theme}</span>
            </Item>
            <Item onSelect={onHelp}>
              Shortcuts <kbd className="font-mono text-small text-muted">?</kbd>
            </Item>
            <DropdownMenu.Item className={ITEM} asChild>
              <a href="/docs" target="_blank" rel="noopener noreferrer">
                API reference <span className="text-small text-muted">new tab</span>
              </a>
            </DropdownMenu.Item>
            <Separator />
            <Item className="py-1.5" onSelect={() => (isOnline ? signOut() : setLeaving(true))}>
              <span>
                Sign out
                <span className="block text-small text-muted">Ends {ends}</span>
              </span>
            </Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <ConfirmDialog
        isOpen={isLeaving}
        onClose={() => setLeaving(false)}
        title="Sign out while offline"
        description={`The key in this browser is deleted. The server ends the session at ${ends}.`}
        confirm="Sign out"
        kind="filled"
        onConfirm={signOut}
      />
    </>
  )
}

function MenuButton() {
  return (
    <DropdownMenu.Trigger
      className="flex size-9 items-center justify-center rounded-control border border-edge text-text transition-quick hover:bg-hover pointer-coarse:size-11"
      aria-label="Menu"
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d="M2 4h12M2 8h12M2 12h12" stroke="currentColor" strokeWidth="1.6" />
      </svg>
    </DropdownMenu.Trigger>
  )
}

/** The pages that the bar of a phone has no room for, and the signed-in browsers. */
function PageItems() {
  const { isOperator } = useSession()
  const navigate = useNavigate()
  return (
    <>
      {navItems(isOperator)
        .slice(4)
        .map(({ label, to }) => (
          <Item key={to} className="md:hidden" onSelect={() => navigate({ to })}>
            {label}
          </Item>
        ))}
      <Item onSelect={() => navigate({ to: '/browsers' })}>Signed-in browsers</Item>
    </>
  )
}

function TimesItem() {
  const [times, setTimes] = usePreference('times')
  return (
    <Item staysOpen onSelect={() => setTimes(times === 'utc' ? 'local' : 'utc')}>
      Times <span className="text-muted">{times === 'utc' ? 'UTC' : 'local'}</span>
    </Item>
  )
}

const NEXT_THEME = { system: 'light', light: 'dark', dark: 'system' } as const

interface ItemProps {
  readonly className?: string
  /** Whether the menu stays open after a click. */
  readonly staysOpen?: boolean
  readonly onSelect: () => void
  readonly children: ReactNode
}

function Item({ className = '', staysOpen = false, onSelect, children }: ItemProps) {
  const select = (event: Event) => {
    if (staysOpen) event.preventDefault()
    onSelect()
  }
  return (
    <DropdownMenu.Item className={`${ITEM} ${className}`} onSelect={select}>
      {children}
    </DropdownMenu.Item>
  )
}

function Separator() {
  return <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
}
