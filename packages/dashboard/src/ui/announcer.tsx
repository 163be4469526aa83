import { useSyncExternalStore } from 'react'

let message = ''
const listeners = new Set<() => void>()

/** Lets screen readers say a text. */
export function announce(text: string): void {
  // The same words twice are two announcements.
  message = text === message ? `${text}\u00a0` : text
  for (const listener of listeners) listener()
}

/** The place of announcements, once in the page. */
export function Announcer() {
  const text = useSyncExternalStore(subscribe, () => message)
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
