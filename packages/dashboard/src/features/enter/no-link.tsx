import { CentredPanel } from '../../ui/panel.tsx'

/** For an address without a code, and for everyone who is not signed in. */
export function NoLink() {
  return (
    <CentredPanel title="Sign in with a link">
      <p className="text-muted">Links work once, within ten minutes. Ask whoever runs this API, or on its machine:</p>
      <pre className="mt-3 overflow-x-auto rounded-control bg-sunken p-3 font-mono text-mono">
        <code>npx countersign link --account NAME</code>
      </pre>
    </CentredPanel>
  )
}
