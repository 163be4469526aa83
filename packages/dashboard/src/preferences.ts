import { useSyncExternalStore } from 'react'

/** What holds until a person sets something else for this browser. */
const DEFAULTS = { times: 'local', shortcuts: 'on' } as const

/** What each preference can be. */
interface Values {
  readonly times: 'local' | 'utc'
  readonly shortcuts: 'on' | 'off'
}

const listeners = new Set<() => void>()
const kept: { -readonly [Name in keyof Values]?: Values[Name] } = {}

/** A preference, and what sets it. */
export function usePreference<Name extends keyof Values>(name: Name): [Values[Name], (value: Values[Name]) => void] {
  const value = useSyncExternalStore(subscribe, () => preference(name))
  return [value, (next) => setPreference(name, next)]
}

/** A preference as it is now. */
export function preference<Name extends keyof Values>(name: Name): Values[Name] {
  kept[name] ??= read(name) as Values[Name]
  return kept[name] ?? DEFAULTS[name]
}

/** Sets a preference. */
export function setPreference<Name extends keyof Values>(name: Name, value: Values[Name]): void {
  kept[name] = value
  try {
    localStorage.setItem(`countersign.${name}`, value)
  } catch {
    // Storage is blocked: the preference holds for this page.
  }
  for (const listener of listeners) listener()
}

function read(name: keyof Values): string {
  try {
    const value = localStorage.getItem(`countersign.${name}`)
    return value === 'utc' || value === 'off' ? value : DEFAULTS[name]
  } catch {
    return DEFAULTS[name]
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
