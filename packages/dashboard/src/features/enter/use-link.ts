import type { LinkPreview } from '@countersign/api'
import { useEffect, useState } from 'react'
import { linkCode } from '../../session/link-code.ts'
import { previewLink } from '../../session/sign-in.ts'
import { type LinkState, linkStateOf } from './link-state.ts'

/** The link that this page was opened by, as the server sees it, and what asks again or declines it. */
export function useLink(): { readonly link: LinkState; readonly retry: () => void; readonly decline: () => void } {
  const [code, setCode] = useState(linkCode.current)
  const [isDeclined, setDeclined] = useState(false)
  const [preview, setPreview] = useState<LinkPreview>()
  const [error, setError] = useState<Error>()
  const [attempt, setAttempt] = useState(0)

  // A link that is opened in the tab of an open page changes its address only.
  useEffect(() => {
    const take = () => {
      const next = location.hash.slice(1)
      if (next === '') return
      history.replaceState(history.state, '', location.pathname)
      linkCode.current = next
      setPreview(undefined)
      setDeclined(false)
      setCode(next)
    }
    addEventListener('hashchange', take)
    return () => removeEventListener('hashchange', take)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    if (code === undefined || !globalThis.isSecureContext) return undefined
    let isCurrent = true
    setError(undefined)
    previewLink(code).then(
      (answer) => isCurrent && setPreview(answer),
      (reason: Error) => isCurrent && setError(reason),
    )
    return () => {
      isCurrent = false
    }
  }, [code, attempt])

  return {
    link: linkStateOf({ code, isDeclined, preview, error }),
    retry: () => setAttempt(attempt + 1),
    decline: () => {
      linkCode.current = undefined
      setCode(undefined)
      setDeclined(true)
    },
  }
}
