import { grantsScope } from '@countersign/protocol'
import { type KeyboardEvent, useId } from 'react'
import { parentOf, scopeTree, scopeWords, toggleScope } from './scope-words.ts'

interface ScopeTreeProps {
  /** All scopes that may be chosen from. */
  readonly scopes: readonly string[]
  /** What the person who chooses holds: nobody can give more. */
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
  const row = (scope: string) => {
    const parent = parentOf(scope)
    const isGranted = scope !== parent && value.includes(parent)
    const isLacking = !grantsScope(held, scope)
    const lacking = mode === 'narrow' ? 'not of this key' : `Your session does not have ${scope}.`
    return (
      <ScopeBox
        key={scope}
        id={`${id}-${scope}`}
        scope={scope}
        why={isGranted ? `granted by ${parent}` : isLacking ? lacking : undefined}
        checked={isGranted || value.includes(scope)}
        disabled={isDisabled || isGranted || (isLacking && !value.includes(scope))}
        onChange={() => onChange(toggleScope(scopes, value, scope))}
      />
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

interface ScopeBoxProps {
  readonly id: string
  readonly scope: string
  /** Why it is locked. */
  readonly why: string | undefined
  readonly checked: boolean
  readonly disabled: boolean
  readonly onChange: () => void
}

function ScopeBox({ id, scope, why, ...input }: ScopeBoxProps) {
  return (
    <label
      className={`flex min-h-8 items-start gap-3 py-1 pointer-coarse:min-h-11 pointer-coarse:items-center ${scope === parentOf(scope) ? '' : 'ml-7'}`}
    >
      <input
        type="checkbox"
        data-scope={scope}
        className="mt-0.5 size-4 shrink-0 accent-ink"
        aria-describedby={id}
        {...input}
      />
      <span className="min-w-0">
        <span className="font-mono text-mono">{scope}</span>{' '}
        <span id={id} className="text-small text-muted">
          {scopeWords(scope)}
          {why && ` · ${why}`}
        </span>
      </span>
    </label>
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
