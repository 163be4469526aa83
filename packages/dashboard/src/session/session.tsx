import * as calls from '@countersign/api/calls'
import type { ApiError } from '@countersign/client'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { type Call, createSessionCall } from '../api/connection.ts'
import { serverNow } from '../api/server-clock.ts'
import { deleteSession, type StoredSession } from './session-store.ts'

/** Why a session is over. */
export type SessionEnd = 'expired' | 'ended' | 'signed_out'

/** Who is signed in, and what calls the API as them. */
export interface Session extends StoredSession {
  readonly call: Call
  /** Set once the session is over; its page stays. */
  readonly end: SessionEnd | undefined
  /** Whether its powers include this scope. */
  readonly may: (scope: string) => boolean
  readonly signOut: () => Promise<void>
}

const SessionContext = createContext<Session | undefined>(undefined)

/** Who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('this page is for those who are signed in')
  return session
}

interface SessionProviderProps {
  readonly stored: StoredSession
  readonly onSignedOut: () => void
  readonly children: ReactNode
}

/** Gives the pages below it a session, and ends it in time. */
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
    return {
      ...stored,
      call,
      end,
      may: (scope: string) => stored.scopes.includes(scope) || stored.scopes.includes(scope.split('::')[0] ?? ''),
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

/** Whether a refusal means that this browser's key is no longer taken. */
function endOf({ status, details }: ApiError): SessionEnd | undefined {
  if (status !== 401) return undefined
  if (details === 'API_KEY_EXPIRED') return 'expired'
  return details === 'NOT_FOUND' || details === 'API_KEY_REVOKED' ? 'ended' : undefined
}
