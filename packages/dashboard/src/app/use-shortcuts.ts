import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { preference, setPreference } from '../preferences.ts'
import { useSession } from '../session/session.tsx'
import { isOneTimeScreen } from '../ui/one-time.ts'
import { navItems } from './nav.ts'

/** The keyboard shortcuts, as the dialog lists them. */
export const SHORTCUTS = [
  ['Ctrl K', 'go to a page or key'],
  ['/', 'search'],
  ['n', 'new key'],
  ['j k Enter', 'next row, row before, open it'],
  ['c', 'copy the key id of the row'],
  ['g then k u d a c r b', 'keys, usage, doctor, audit, accounts, rules, browsers'],
  ['u', 'local time or UTC'],
  ['?', 'this list'],
  ['Esc', 'close'],
] as const

/** Listens to the keyboard. Single letters do nothing in a field, in a dialog or on the one-time screen. */
export function useShortcuts() {
  const navigate = useNavigate()
  const { isOperator } = useSession()
  const [isMenuOpen, setMenuOpen] = useState(false)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const isAfterG = useRef(false)

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isOneTimeScreen() || event.defaultPrevented) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setMenuOpen(true)
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isInDialog()) return
      if (event.key === '?') return setHelpOpen(true)
      if (preference('shortcuts') === 'off') return
      const isPage = isAfterG.current
      isAfterG.current = event.key === 'g' && !isPage
      const taken = isPage ? goTo(event.key) : act(event.key)
      if (taken) event.preventDefault()
    }
    const goTo = (letter: string): boolean => {
      const item = navItems(isOperator).find((it) => it.letter === letter)
      const to = item?.to ?? (letter === 'b' ? ('/browsers' as const) : undefined)
      if (to !== undefined) navigate({ to })
      return to !== undefined
    }
    const act = (key: string): boolean => {
      switch (key) {
        case '/':
          return focusFirst('[data-search]')
        case 'n':
          navigate({ to: '/keys/new' })
          return true
        case 'u':
          setPreference('times', preference('times') === 'utc' ? 'local' : 'utc')
          return true
        case 'j':
        case 'k':
          return moveRow(key === 'j' ? 1 : -1)
        case 'c':
          return copyRowId()
        default:
          return false
      }
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [navigate, isOperator])

  return { isMenuOpen, setMenuOpen, isHelpOpen, setHelpOpen }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

function isInDialog(): boolean {
  return document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null
}

function focusFirst(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector)
  found?.focus()
  return found !== null
}

function moveRow(step: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row-link]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = rows[at === -1 ? (step > 0 ? 0 : rows.length - 1) : at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return next !== undefined
}

function copyRowId(): boolean {
  const id = (document.activeElement as HTMLElement | null)?.dataset.rowLink
  if (!id) return false
  navigator.clipboard.writeText(id)
  return true
}
