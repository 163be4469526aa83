import { type ComponentProps, type ReactNode, useId } from 'react'

const CONTROL =
  'min-h-9 w-full rounded-control border border-edge bg-surface px-3 text-body text-text max-sm:text-field pointer-coarse:min-h-11 disabled:bg-sunken disabled:text-muted aria-[invalid=true]:border-bad-graphic'

interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly error?: ReactNode
  /** Where the place of the field shows what it is; screen readers still read the label. */
  readonly isLabelHidden?: boolean
}

/** One line of text, with its label, a hint or what is wrong with it. */
export function TextField(props: FieldProps & ComponentProps<'input'>) {
  const { field, control } = useField(props)
  return (
    <Field {...field}>
      <input {...control} />
    </Field>
  )
}

/** Several lines of text. */
export function TextArea(props: FieldProps & ComponentProps<'textarea'>) {
  const { field, control } = useField(props)
  return (
    <Field {...field}>
      <textarea {...control} className={`py-2 ${control.className}`} />
    </Field>
  )
}

/** A choice from a list. */
export function SelectField(props: FieldProps & ComponentProps<'select'>) {
  const { field, control } = useField(props)
  return (
    <Field {...field}>
      <select {...control} />
    </Field>
  )
}

/** A choice by its value, which is its text, or by its value and its text. */
type Option = string | readonly [value: string, text: string]

/** The choices of a list. */
export function Options({ of }: { readonly of: readonly Option[] }) {
  return of
    .map((option) => (typeof option === 'string' ? ([option, option] as const) : option))
    .map(([value, text]) => (
      <option key={value} value={value}>
        {text}
      </option>
    ))
}

/** A label that is less than the values beside it. */
export function QuietLabel({ children }: { readonly children: string }) {
  return <span className="text-small font-normal text-muted">{children}</span>
}

/** Parts what belongs to the label and the note from what belongs to the control. */
function useField<Props extends FieldProps & { readonly className?: string | undefined }>(props: Props) {
  const { label, hint, error, isLabelHidden, className = '', ...rest } = props
  const id = useId()
  const control = {
    id,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': hint || error ? `${id}-note` : undefined,
    ...rest,
    className: `${CONTROL} ${className}`,
  }
  return { field: { id, label, hint, error, isLabelHidden }, control }
}

interface FrameProps extends FieldProps {
  readonly id: string
  readonly children: ReactNode
}

function Field({ id, label, hint, error, isLabelHidden, children }: FrameProps) {
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
