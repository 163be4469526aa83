import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react'

let shown = 0
const listeners = new Set<() => void>()

/** Marks that a one-time screen is up: rail, header, toasts and shortcuts stay away. */
export function useOneTimeScreen(): void {
  useEffect(() => {
    change(1)
    return () => change(-1)
  }, [])
}

/** Drops a secret once the screen that shows it has gone for good. */
export function useForgotten(secret: RefObject<string | undefined>): void {
  const isUp = useRef(false)
  useEffect(() => {
    isUp.current = true
    return () => {
      isUp.current = false
      // In development, React takes each screen down once and puts it up again.
      setTimeout(() => {
        if (!isUp.current) secret.current = undefined
      })
    }
  }, [secret])
}

/** Whether a one-time screen is up. */
export function useIsOneTimeScreen(): boolean {
  return useSyncExternalStore(subscribe, isOneTimeScreen)
}

/** Whether a one-time screen is up now. */
export function isOneTimeScreen(): boolean {
  return shown > 0
}

function change(by: number): void {
  shown += by
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
