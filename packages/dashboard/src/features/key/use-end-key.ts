import type { ApiKeyDetails } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useSession } from '../../session/session.tsx'
import { showToast } from '../../ui/toast.tsx'

const TOGGLE = {
  disable: { holder: calls.disableApiKey, operator: calls.disableAnyApiKey },
  enable: { holder: calls.enableApiKey, operator: calls.enableAnyApiKey },
} as const

/** What disables, enables and deletes a key, and which of the final acts is being asked about. */
export function useEndKey({ api_key_id: id }: ApiKeyDetails) {
  const { call, isOperator } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [asked, ask] = useState<'disable' | 'revoke' | 'delete'>()
  const params = { api_key: id }
  const refresh = () => queries.invalidateQueries({ queryKey: ['keys'] })

  const toggle = useMutation({
    mutationFn: (to: 'disable' | 'enable') => call(TOGGLE[to][isOperator ? 'operator' : 'holder'], { params }),
    onSuccess: async (_, to) => {
      ask(undefined)
      await refresh()
      const undo = { label: 'Undo', run: () => toggle.mutate('enable') }
      showToast(to === 'disable' ? { text: 'Disabled.', action: undo } : { text: 'Enabled.' })
    },
  })
  const remove = useMutation({
    mutationFn: () => call(isOperator ? calls.deleteAnyApiKey : calls.deleteApiKey, { params }),
    onSuccess: async () => {
      await navigate({ to: '/keys' })
      queries.removeQueries({ queryKey: ['keys', 'one', id] })
      await refresh()
    },
  })
  return { asked, ask, toggle, remove, refresh }
}
