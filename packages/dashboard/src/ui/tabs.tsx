import { Link, type LinkProps } from '@tanstack/react-router'

/** A part of a page, and its address. */
export interface Tab {
  readonly label: string
  readonly link: Pick<LinkProps, 'to' | 'params' | 'search'>
  readonly isExact?: boolean
}

/** The parts of a page, each with its own address. */
export function TabLinks({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label} className="-mx-4 mb-6 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0">
      <ul className="flex gap-1">
        {tabs.map(({ label: text, link, isExact = false }) => (
          <li key={text}>
            <Link
              {...link}
              replace
              resetScroll={false}
              activeOptions={{ exact: isExact, includeSearch: false }}
              activeProps={{ className: 'border-ink text-text', 'aria-current': 'page' }}
              inactiveProps={{ className: 'border-transparent text-muted' }}
              className="flex min-h-9 items-center border-b-2 px-3 font-medium whitespace-nowrap transition-quick hover:text-text pointer-coarse:min-h-11 -outline-offset-2"
            >
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly onChange: (value: Value) => void
}

/** A few choices side by side, one of them taken. */
export function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <fieldset className="inline-flex rounded-control border border-edge p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="min-h-7 rounded-chip px-2.5 text-muted transition-quick hover:text-text aria-pressed:bg-selected aria-pressed:text-text aria-pressed:underline aria-pressed:underline-offset-4 pointer-coarse:min-h-10"
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  )
}
