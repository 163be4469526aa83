import { type ComponentProps, type ReactNode, useId } from 'react'

const CONTROL =
  'min-h-9 w-full rounded-control border border-edge bg-surface px-3 text-body text-text max-sm:text-field pointer-coarse:min-h-11 disabled:bg-sunken disabled:text-muted aria-[invalid=true]:border-bad-graphic'

interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly error?: ReactNode
  /** For those who see the page, its place says what it is. */
  readonly isLabelHidden?: boolean
}

/** A line of text to fill in, with its label, a hint, and what is wrong with it. */
export function TextField({
  label,
  hint,
  error,
  isLabelHidden,
  className = '',
  ...input
}: FieldProps & ComponentProps<'input'>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error} isLabelHidden={isLabelHidden}>
      <input
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        {...input}
        className={`${CONTROL} ${className}`}
      />
    </Labelled>
  )
}

/** A text of several lines to fill in. */
export function TextArea({
  label,
  hint,
  error,
  isLabelHidden,
  className = '',
  ...input
}: FieldProps & ComponentProps<'textarea'>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error} isLabelHidden={isLabelHidden}>
      <textarea
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        {...input}
        className={`${CONTROL} py-2 ${className}`}
      />
    </Labelled>
  )
}

/** A choice from a list. */
export function SelectField({
  label,
  hint,
  error,
  isLabelHidden,
  className = '',
  ...input
}: FieldProps & ComponentProps<'select'>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error} isLabelHidden={isLabelHidden}>
      <select
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        {...input}
        className={`${CONTROL} ${className}`}
      />
    </Labelled>
  )
}

interface LabelledProps {
  readonly id: string
  readonly label: ReactNode
  readonly hint: ReactNode
  readonly error: ReactNode
  readonly isLabelHidden: boolean | undefined
  readonly children: ReactNode
}

function Labelled({ id, label, hint, error, isLabelHidden, children }: LabelledProps) {
  return (
    <div>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'mb-1 block font-medium'}>
        {label}
      </label>
      {children}
      {(error || hint) && (
        <div id={`${id}-note`} className={error ? 'mt-1 text-bad' : 'mt-1 text-small text-muted'}>
          {error || hint}
        </div>
      )}
    </div>
  )
}
