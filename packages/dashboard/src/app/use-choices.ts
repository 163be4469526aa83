import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import { keyPage } from '../api/queries.ts'
import { useSession } from '../session/session.tsx'
import { navItems } from './nav.ts'

/** A page or a key that a search found. */
export interface Choice {
  readonly id: string
  readonly label: string
  /** Of a key. */
  readonly fingerprint?: string
  readonly open: () => void
}

/** Pages and keys that a text finds: pages by their labels, keys as the server searches them. */
export function useChoices(text: string): { readonly choices: readonly Choice[]; readonly isSearching: boolean } {
  const { call, isOperator } = useSession()
  const navigate = useNavigate()
  const sought = useDeferredValue(text.trim())
  const found = useQuery({ ...keyPage(call, isOperator, { q: sought, limit: '8' }), enabled: sought !== '' })
  const pages = [
    ...navItems(isOperator),
    { label: 'New key', to: '/keys/new' as const },
    { label: 'Signed-in browsers', to: '/browsers' as const },
  ]
  const keys = sought === '' ? [] : (found.data?.api_keys ?? [])
  const choices: readonly Choice[] = [
    ...pages
      .filter(({ label }) => label.toLowerCase().includes(sought.toLowerCase()))
      .map(({ to, label }) => ({ id: to, label, open: () => navigate({ to }) })),
    ...keys.map(({ api_key_id: id, name, fingerprint }) => ({
      id,
      label: name,
      fingerprint,
      open: () => navigate({ to: '/keys/$id', params: { id } }),
    })),
  ]
  return { choices, isSearching: found.isFetching }
}
