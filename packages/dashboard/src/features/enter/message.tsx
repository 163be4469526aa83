import { CentredPanel } from '../../ui/panel.tsx'

/** A page that says one thing. */
export function Message({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <CentredPanel title={title}>
      <p className="text-muted">{children}</p>
    </CentredPanel>
  )
}
