import { useBlocker } from '@tanstack/react-router'
import { useRef, useState } from 'react'

/** Asks before the one-time screen is left, unless the saved file was proven to sign. */
export function useLeaving(isProven: boolean, onDone: () => void) {
  const isFinished = useRef(false)
  const [isAsking, setAsking] = useState(false)
  const mustAsk = () => !isFinished.current && !isProven
  const blocker = useBlocker({ shouldBlockFn: mustAsk, enableBeforeUnload: mustAsk, withResolver: true })
  return {
    isAsking: isAsking || (blocker.status === 'blocked' && !isProven),
    ask: () => setAsking(true),
    stay: () => {
      setAsking(false)
      if (blocker.status === 'blocked') blocker.reset()
    },
    leave: () => {
      isFinished.current = true
      if (blocker.status === 'blocked') blocker.proceed()
      else onDone()
    },
  }
}
