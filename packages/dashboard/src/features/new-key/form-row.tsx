import type { ReactNode } from 'react'

/** A row of the form: its name at the left, its fields beside it. */
export function FormRow({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-2 p-4 sm:grid-cols-[7rem_1fr] sm:p-6">
      <h2 className="font-medium sm:pt-2">{title}</h2>
      <div className="min-w-0">{children}</div>
    </div>
  )
}
