import { Tabs } from 'radix-ui'
import { CopyButton } from './copy-field.tsx'

interface CodeTabsProps {
  readonly label: string
  readonly snippets: readonly { readonly label: string; readonly text: string }[]
}

/** The same thing in several languages, each to be copied. */
export function CodeTabs({ label, snippets }: CodeTabsProps) {
  return (
    <Tabs.Root defaultValue="0" className="rounded-control border border-line">
      <Tabs.List aria-label={label} className="flex overflow-x-auto border-b border-line px-1">
        {snippets.map((snippet, i) => (
          <Tabs.Trigger
            key={snippet.label}
            value={String(i)}
            className="min-h-9 border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-muted -outline-offset-2 transition-quick hover:text-text data-[state=active]:border-ink data-[state=active]:text-text pointer-coarse:min-h-11"
          >
            {snippet.label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {snippets.map((snippet, i) => (
        <Tabs.Content key={snippet.label} value={String(i)} className="relative -outline-offset-2">
          <div className="absolute top-2 right-2 rounded-chip bg-sunken">
            <CopyButton value={snippet.text} label={`${snippet.label} snippet`} />
          </div>
          <pre
            tabIndex={0}
            role="group"
            aria-label={snippet.label}
            className="max-h-80 overflow-auto rounded-b-control bg-sunken p-3 pr-20 font-mono text-mono -outline-offset-2"
          >
            {snippet.text}
          </pre>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}
