import { useEffect, useState } from 'react'
import { announce } from './announcer.tsx'

interface CopyFieldProps {
  /** What is copied, exactly. */
  readonly value: string
  /** What it is: "key id". */
  readonly label: string
  /** What is shown instead; the value itself where absent. */
  readonly short?: string
}

/** An id or a text of bytes: shown short or whole, copied exactly. */
export function CopyField({ value, label, short = value }: CopyFieldProps) {
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <span
        className="min-w-0 font-mono text-mono break-all max-sm:text-small"
        title={short === value ? undefined : value}
      >
        {short}
      </span>
      <CopyButton value={value} label={label} />
    </span>
  )
}

/** Copies a value; its text is "Copied" for a moment, its width stays. */
export function CopyButton({ value, label, onCopied }: CopyFieldProps & { readonly onCopied?: () => void }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async () => {
    await navigator.clipboard.writeText(value)
    setCopied(true)
    announce(`Copied ${label}`)
    onCopied?.()
  }
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={`Copy ${label}`}
      className="inline-grid min-h-6 min-w-6 shrink-0 rounded-chip px-1.5 text-small text-ink transition-quick hover:bg-hover hover:text-ink-hover pointer-coarse:min-h-11 pointer-coarse:min-w-11 items-center"
    >
      <span className={`col-start-1 row-start-1 ${isCopied ? 'invisible' : ''}`}>Copy</span>
      <span className={`col-start-1 row-start-1 ${isCopied ? '' : 'invisible'}`}>Copied</span>
    </button>
  )
}
