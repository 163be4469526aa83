import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { announce } from './announcer.tsx'

let shown = 0
const listeners = new Set<() => void>()

/** What is said once a secret was copied. */
export const COPIED = 'Copied. Other programs can read the clipboard.'

/** A secret on the screen that shows it once: masked or in view, and copied. It is dropped when the screen goes. */
export function useOneTimeSecret(secret: RefObject<string | undefined>) {
  useOneTimeScreen()
  useForgotten(secret)
  const [isShown, setShown] = useState(false)
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(secret.current ?? '')
    setCopied(true)
    announce(COPIED)
  }
  return { isShown, toggle: () => setShown(!isShown), isCopied, copy }
}

/** Whether a one-time screen is up. Rail, header, toasts and shortcuts stay away meanwhile. */
export function useIsOneTimeScreen(): boolean {
  return useSyncExternalStore(subscribe, isOneTimeScreen)
}

/** Whether a one-time screen is up now. */
export function isOneTimeScreen(): boolean {
  return shown > 0
}

function useOneTimeScreen(): void {
  useEffect(() => {
    change(1)
    return () => change(-1)
  }, [])
}

function useForgotten(secret: RefObject<string | undefined>): void {
  const isUp = useRef(false)
  useEffect(() => {
    isUp.current = true
    return () => {
      isUp.current = false
      // In development React unmounts each screen once and mounts it again.
      setTimeout(() => {
        if (!isUp.current) secret.current = undefined
      })
    }
  }, [secret])
}

function change(by: number): void {
  shown += by
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
