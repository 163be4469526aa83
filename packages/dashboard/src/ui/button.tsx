import { type ComponentProps, type ReactNode, useId } from 'react'

/** `filled` is the one thing that a screen asks for; `danger` ends something for good. */
export type ButtonKind = 'filled' | 'quiet' | 'plain' | 'danger'

const SHAPE =
  'inline-flex min-h-9 items-center justify-center gap-2 rounded-control px-3 text-body font-medium whitespace-nowrap transition-quick pointer-coarse:min-h-11 disabled:cursor-not-allowed'

const KINDS: Readonly<Record<ButtonKind, string>> = {
  filled: 'bg-ink text-on-ink hover:bg-ink-hover disabled:bg-off-soft disabled:text-muted border border-transparent',
  quiet:
    'border border-edge bg-surface text-text hover:bg-hover disabled:bg-surface disabled:text-muted disabled:border-line',
  plain: 'border border-transparent text-ink hover:bg-hover hover:text-ink-hover disabled:text-muted',
  danger: 'border border-transparent bg-danger text-on-ink hover:opacity-90 disabled:bg-off-soft disabled:text-muted',
}

/** The classes of a button, for links that look like one. */
export function buttonClass(kind: ButtonKind): string {
  return `${SHAPE} ${KINDS[kind]}`
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: ButtonKind
  /** Why it cannot be pressed; shown beside it. */
  readonly disabledBecause?: ReactNode | undefined
}

/** A button, with the reason beside it where it is disabled. */
export function Button({ kind = 'quiet', disabledBecause, className = '', disabled, ...rest }: ButtonProps) {
  const reasonId = useId()
  const isDisabled = disabled || Boolean(disabledBecause)
  const button = (
    <button
      type="button"
      {...rest}
      disabled={isDisabled}
      aria-describedby={disabledBecause ? reasonId : rest['aria-describedby']}
      className={`${buttonClass(kind)} ${className}`}
    />
  )
  if (!disabledBecause) return button
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
      {button}
      <span id={reasonId} className="text-small text-muted">
        {disabledBecause}
      </span>
    </span>
  )
}
