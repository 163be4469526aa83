import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { withoutEmpty } from '../../api/without-empty.ts'
import { bindFields } from '../../ui/bind-fields.ts'
import { type AuditSearch, keyIdProblem } from './audit-search.ts'

const route = getRouteApi('/audit')

/** The filters of the page, which live in its address; a key id only once it is whole. */
export function useAuditSearch() {
  const search: AuditSearch = route.useSearch()
  const navigate = useNavigate({ from: '/audit' })
  const { about = '' } = search
  const [keyId, setKeyId] = useState(about)
  useEffect(() => setKeyId(about), [about])
  const set = (part: AuditSearch) =>
    navigate({ search: (before) => withoutEmpty({ ...before, ...part }), replace: true })
  return {
    search,
    field: bindFields({ fields: search, set }),
    keyId,
    keyIdProblem: keyIdProblem(keyId),
    setKeyId: (text: string) => {
      setKeyId(text)
      if (keyIdProblem(text) === undefined) set({ about: text })
    },
  }
}
