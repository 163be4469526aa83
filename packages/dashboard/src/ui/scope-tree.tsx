import { grantsScope } from '@countersign/protocol'
import { type KeyboardEvent, useId } from 'react'
import { parentOf, scopeTree, scopeWords } from './scope-words.ts'

interface ScopeTreeProps {
  /** All scopes that may be chosen from. */
  readonly scopes: readonly string[]
  /** What the one who chooses holds: nobody gives what they lack. */
  readonly held: readonly string[]
  readonly value: readonly string[]
  readonly onChange: (value: string[]) => void
  /** `narrow`: nothing beyond what the key has now. */
  readonly mode: 'new' | 'narrow'
  readonly isDisabled?: boolean
}

/** Scopes as nested checkboxes: each says what it allows, and why it is locked. Arrow keys move. */
export function ScopeTree({ scopes, held, value, onChange, mode, isDisabled = false }: ScopeTreeProps) {
  const id = useId()
  const toggle = (scope: string) => {
    const without = value.filter((it) => it !== scope)
    if (value.includes(scope)) {
      // `write` goes with its `read`.
      onChange(scope === 'read' ? without.filter((it) => it !== 'write') : without)
      return
    }
    const added = scope === parentOf(scope) ? without.filter((it) => parentOf(it) !== scope) : without
    const needed = scope === 'write' && !added.includes('read') ? ['read'] : []
    const next = new Set([...added, scope, ...needed])
    onChange(scopes.filter((it) => next.has(it) && !(it !== parentOf(it) && next.has(parentOf(it)))))
  }

  const row = (scope: string) => {
    const parent = parentOf(scope)
    const isGranted = scope !== parent && value.includes(parent)
    const lacks = !grantsScope(held, scope)
    const why = isGranted
      ? `granted by ${parent}`
      : lacks
        ? mode === 'narrow'
          ? 'not of this key'
          : `Your session does not have ${scope}.`
        : undefined
    return (
      <label
        key={scope}
        className={`flex min-h-8 items-start gap-3 py-1 pointer-coarse:min-h-11 pointer-coarse:items-center ${scope === parent ? '' : 'ml-7'}`}
      >
        <input
          type="checkbox"
          data-scope={scope}
          className="mt-0.5 size-4 shrink-0 accent-ink"
          checked={isGranted || value.includes(scope)}
          disabled={isDisabled || isGranted || (lacks && !value.includes(scope))}
          aria-describedby={`${id}-${scope}`}
          onChange={() => toggle(scope)}
        />
        <span className="min-w-0">
          <span className="font-mono text-mono">{scope}</span>{' '}
          <span id={`${id}-${scope}`} className="text-small text-muted">
            {scopeWords(scope)}
            {why && ` · ${why}`}
          </span>
        </span>
      </label>
    )
  }

  return (
    <fieldset onKeyDown={moveByArrows}>
      <legend className="sr-only">May do</legend>
      {scopeTree(scopes).map(({ parent, children }) => (
        <div key={parent}>
          {scopes.includes(parent) && row(parent)}
          {children.map(row)}
        </div>
      ))}
    </fieldset>
  )
}

function moveByArrows(event: KeyboardEvent<HTMLFieldSetElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const boxes = [...event.currentTarget.querySelectorAll<HTMLInputElement>('input:enabled')]
  const at = boxes.indexOf(document.activeElement as HTMLInputElement)
  boxes[at + step]?.focus()
  event.preventDefault()
}
