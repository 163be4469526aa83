import { useId } from 'react'

interface RadioGroupProps<Value extends string> {
  readonly legend: string
  readonly value: Value
  /** Each value with its label and what the label means. */
  readonly options: readonly (readonly [value: Value, label: string, text: string])[]
  readonly onChange: (value: Value) => void
}

/** One choice of a few, all of them in view. */
export function RadioGroup<Value extends string>({ legend, value, options, onChange }: RadioGroupProps<Value>) {
  const group = useId()
  return (
    <fieldset>
      <legend className="mb-1 font-medium">{legend}</legend>
      {options.map(([option, label, text]) => (
        <label key={option} className="flex min-h-9 items-center gap-3 pointer-coarse:min-h-11">
          <input
            type="radio"
            name={group}
            className="size-4 accent-ink"
            checked={value === option}
            onChange={() => onChange(option)}
          />
          <span>
            {label} <span className="text-small text-muted">{text}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
