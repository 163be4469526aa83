import { ApiError } from '@countersign/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { Tooltip } from 'radix-ui'
import { useCallback, useState } from 'react'
import { EnterPage } from '../features/enter/enter-page.tsx'
import { SessionProvider } from '../session/session.tsx'
import type { StoredSession } from '../session/session-store.ts'
import { router } from './router.tsx'

const RETRY_MS = 5_000

interface AppProps {
  /** The session that this browser keeps. */
  readonly stored: StoredSession | undefined
}

/** The sign-in page, or the pages of a session. */
export function App({ stored }: AppProps) {
  const [session, setSession] = useState(stored)
  const [isEntering, setEntering] = useState(stored === undefined || location.pathname.endsWith('/enter'))
  const [queries, setQueries] = useState(createQueries)

  const enter = (next: StoredSession) => {
    setQueries(createQueries())
    setSession(next)
    router.navigate({ to: next.isOperator ? '/accounts' : '/keys', replace: true })
    setEntering(false)
  }
  const leave = useCallback(() => {
    setSession(undefined)
    setEntering(true)
    history.replaceState(null, '', '/dashboard/enter')
  }, [])

  if (isEntering || !session) return <EnterPage current={session} onSignedIn={enter} />
  return (
    <QueryClientProvider client={queries}>
      <Tooltip.Provider delayDuration={300}>
        <SessionProvider key={session.sessionId} stored={session} onSignedOut={leave}>
          <RouterProvider router={router} />
        </SessionProvider>
      </Tooltip.Provider>
    </QueryClientProvider>
  )
}

/** What was loaded belongs to one session. The next session starts empty. */
function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: false,
        refetchInterval: ({ state }) => (isPassing(state.error) ? RETRY_MS : false),
      },
    },
  })
}

/** Whether trying again may help: no connection, or a server that cannot reach its database. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError ? error.status === 503 : error instanceof TypeError
}
