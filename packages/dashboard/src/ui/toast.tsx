import { useEffect, useState, useSyncExternalStore } from 'react'

interface Toast {
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

const SHOWN_MS = 6_000
let current: Toast | undefined
const listeners = new Set<() => void>()

/** Shows that an act is done and can be undone, or a background result. Never an error, never a secret. */
export function showToast(toast: Toast | undefined): void {
  current = toast
  for (const listener of listeners) listener()
}

/** Where toasts appear, one at a time; once in the page. */
export function Toaster() {
  const toast = useSyncExternalStore(subscribe, () => current)
  const [isHeld, setHeld] = useState(false)
  useEffect(() => {
    if (!toast || isHeld) return undefined
    const timer = setTimeout(() => showToast(undefined), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [toast, isHeld])
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-50 flex justify-center px-4 md:bottom-6"
    >
      {toast && (
        // biome-ignore lint/a11y/noStaticElementInteractions: pointing at it keeps it in view
        <div
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
          className="appear pointer-events-auto flex items-center gap-4 rounded-control border border-line bg-raised px-4 py-2 shadow-raised"
        >
          {toast.text}
          {toast.action && (
            <button
              type="button"
              className="rounded-chip font-medium text-ink hover:text-ink-hover"
              onClick={() => {
                showToast(undefined)
                toast.action?.run()
              }}
            >
              {toast.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
