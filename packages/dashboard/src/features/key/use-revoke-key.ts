import type { ApiKeyDetails } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { keyPage } from '../../api/queries.ts'
import { useSession } from '../../session/session.tsx'

/** Why a key is revoked, by the names of the API. */
export type RevokeReason = 'key_compromise' | 'superseded' | 'unspecified'

/** The form that revokes a key. Keys that were made with a compromised key are loaded while the form is open. */
export function useRevokeKey({ api_key_id: id }: ApiKeyDetails, isOpen: boolean, onRevoked: () => Promise<unknown>) {
  const { call, isOperator } = useSession()
  const [reason, setReason] = useState<RevokeReason>('key_compromise')
  const [isCascading, setCascading] = useState(false)
  const isCompromised = reason === 'key_compromise'
  const made = useQuery({
    ...keyPage(call, isOperator, { made_by: id, limit: '20' }),
    enabled: isOpen && isCompromised,
  }).data
  const revoke = useMutation({
    mutationFn: () =>
      call(isOperator ? calls.revokeAnyApiKey : calls.revokeApiKey, {
        params: { api_key: id },
        body: { reason, cascade: isCompromised && made && made.total > 0 ? isCascading : undefined },
      }),
    onSuccess: onRevoked,
  })
  return { reason, setReason, isCompromised, isCascading, setCascading, made, revoke }
}
