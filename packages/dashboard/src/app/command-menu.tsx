import { type KeyboardEvent, useState } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { shortId } from '../ui/ids.ts'
import { KeyMark } from '../ui/key-mark.tsx'
import { Name } from '../ui/name.tsx'
import { type Choice, useChoices } from './use-choices.ts'

interface CommandMenuProps {
  readonly isOpen: boolean
  readonly setOpen: (isOpen: boolean) => void
}

/** Goes to a page or a key by its name. */
export function CommandMenu({ isOpen, setOpen }: CommandMenuProps) {
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="flex min-h-9 items-center gap-3 rounded-control border border-edge px-3 whitespace-nowrap text-muted transition-quick hover:bg-hover hover:text-text pointer-coarse:min-h-11"
      >
        Go to
        <kbd className="font-mono text-small max-sm:hidden">Ctrl K</kbd>
      </button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title="Go to a page or key">
        <Search onDone={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function Search({ onDone }: { readonly onDone: () => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const { choices, isSearching } = useChoices(text)
  const chosen = Math.min(at, Math.max(0, choices.length - 1))
  const open = (choice: Choice | undefined) => {
    choice?.open()
    onDone()
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setAt((chosen + step + choices.length) % Math.max(1, choices.length))
    }
    if (event.key === 'Enter') open(choices[chosen])
  }
  return (
    <div>
      <input
        // biome-ignore lint/a11y/noAutofocus: the dialog asks for this one thing
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="command-choices"
        aria-activedescendant={choices[chosen] ? `command-${chosen}` : undefined}
        aria-label="Page, key name, key id or fingerprint"
        placeholder="Page, key name, key id or fingerprint"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
        className="min-h-11 w-full rounded-control border border-edge bg-surface px-3 max-sm:text-field"
      />
      <div id="command-choices" role="listbox" aria-label="Pages and keys" className="mt-2 max-h-80 overflow-y-auto">
        {choices.map((choice, i) => (
          <ChoiceRow
            key={choice.id}
            id={`command-${i}`}
            choice={choice}
            isChosen={i === chosen}
            onOpen={() => open(choice)}
          />
        ))}
        {choices.length === 0 && (
          <p className="px-3 py-2 text-muted">{isSearching ? 'Searching' : 'No page and no key.'}</p>
        )}
      </div>
    </div>
  )
}

interface ChoiceRowProps {
  readonly id: string
  readonly choice: Choice
  readonly isChosen: boolean
  readonly onOpen: () => void
}

function ChoiceRow({ id, choice, isChosen, onOpen }: ChoiceRowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field listens to the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      onClick={onOpen}
      className="flex min-h-10 cursor-pointer items-center gap-3 rounded-chip px-3 hover:bg-hover aria-selected:bg-selected"
    >
      {choice.fingerprint && <KeyMark fingerprint={choice.fingerprint} size={20} />}
      <Name>{choice.label}</Name>
      {choice.fingerprint && <span className="ml-auto font-mono text-small text-muted">{shortId(choice.id)}</span>}
    </div>
  )
}
