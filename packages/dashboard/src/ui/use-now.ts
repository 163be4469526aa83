import { useEffect, useState } from 'react'
import { serverNow } from '../api/server-clock.ts'

/** The server's time, updated after so many milliseconds. */
export function useNow(everyMs = 60_000): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
