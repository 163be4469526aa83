import * as calls from '@countersign/api/calls'
import type { ApiError } from '@countersign/client'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { type Call, createSessionCall } from '../api/connection.ts'
import { serverNow } from '../api/server-clock.ts'
import { deleteSession, type StoredSession } from './session-store.ts'

/** Why a session has ended. */
export type SessionEnd = 'expired' | 'ended' | 'signed_out'

/** Who is signed in, and how their calls are made. */
export interface Session extends StoredSession {
  readonly call: Call
  /** Why the session has ended; its page stays. */
  readonly end: SessionEnd | undefined
  /** Whether its powers include this scope. */
  readonly may: (scope: string) => boolean
  /** Why this session cannot write; `undefined` where it can. */
  readonly writeProblem: string | undefined
  readonly signOut: () => Promise<void>
}

const SessionContext = createContext<Session | undefined>(undefined)

/** Who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('this page needs a session')
  return session
}

interface SessionProviderProps {
  readonly stored: StoredSession
  readonly onSignedOut: () => void
  readonly children: ReactNode
}

/** Gives the pages below it a session, and ends it when its time is over. */
export function SessionProvider({ stored, onSignedOut, children }: SessionProviderProps) {
  const [end, setEnd] = useState<SessionEnd>()
  const finish = useCallback((why: SessionEnd) => {
    setEnd((before) => before ?? why)
    deleteSession().catch(() => undefined)
  }, [])

  useEffect(() => {
    const timer = setInterval(() => serverNow() >= stored.expiresAt && finish('expired'), 1000)
    return () => clearInterval(timer)
  }, [stored.expiresAt, finish])

  const session = useMemo(() => {
    const call = createSessionCall(stored.sessionId, stored.privateKey, (error) => {
      const why = endOf(error)
      if (why) finish(serverNow() >= stored.expiresAt ? 'expired' : why)
    })
    const may = (scope: string) => stored.scopes.includes(scope) || stored.scopes.includes(scope.split('::')[0] ?? '')
    return {
      ...stored,
      call,
      end,
      may,
      writeProblem: may('write') ? undefined : 'This session may only read.',
      signOut: async () => {
        try {
          await call(calls.endSession, { params: { session: stored.sessionId } })
        } finally {
          await deleteSession()
          onSignedOut()
        }
      },
    }
  }, [stored, end, finish, onSignedOut])
  return <SessionContext value={session}>{children}</SessionContext>
}

/** How the session ended, where a refusal says that this browser's key is no longer accepted. */
function endOf({ status, details }: ApiError): SessionEnd | undefined {
  if (status !== 401) return undefined
  if (details === 'API_KEY_EXPIRED') return 'expired'
  return details === 'NOT_FOUND' || details === 'API_KEY_REVOKED' ? 'ended' : undefined
}
