import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { readNetwork } from './network.ts'

interface NetworkListProps {
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
  readonly isDisabled?: boolean
}

/** The networks that a key may be used from; an empty list allows every address. */
export function NetworkList({ value, onChange, isDisabled = false }: NetworkListProps) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<{ readonly problem: string; readonly suggestion?: string }>()
  const add = (written: string) => {
    if (written.trim() === '') return setProblem(undefined)
    const read = readNetwork(written)
    if ('problem' in read) return setProblem(read)
    setProblem(undefined)
    setText('')
    if (!value.includes(read.network)) onChange([...value, read.network])
  }
  return (
    <div>
      <TextField
        label="Only from these networks"
        className="font-mono"
        placeholder="203.0.113.0/24"
        disabled={isDisabled}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => add(text)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          add(text)
        }}
        hint={value.length === 0 ? 'From anywhere. Add an address or a CIDR range.' : 'Enter adds another.'}
        error={
          problem && (
            <span className="flex flex-wrap items-center gap-2">
              {problem.problem}
              {problem.suggestion !== undefined && (
                <>
                  Did you mean
                  <Button onClick={() => add(problem.suggestion ?? '')}>{problem.suggestion}</Button>?
                </>
              )}
            </span>
          )
        }
      />
      {value.length > 0 && <Networks value={value} onChange={onChange} isDisabled={isDisabled} />}
    </div>
  )
}

function Networks({ value, onChange, isDisabled }: NetworkListProps) {
  return (
    <ul className="mt-2 flex flex-wrap gap-2">
      {value.map((network) => (
        <li key={network} className="flex items-center gap-1 rounded-chip bg-sunken pl-2 font-mono text-mono">
          {network}
          <button
            type="button"
            aria-label={`Remove ${network}`}
            disabled={isDisabled}
            onClick={() => onChange(value.filter((it) => it !== network))}
            className="flex size-7 items-center justify-center rounded-chip text-muted hover:bg-hover hover:text-text pointer-coarse:size-11"
          >
            ✕
          </button>
        </li>
      ))}
    </ul>
  )
}
