/** A form: the values of its fields, what sets some of them, and what is wrong with them. */
interface Form<Fields> {
  readonly fields: Fields
  readonly set: (part: Partial<Fields>) => void
  readonly problems?: { readonly [Name in keyof Fields]?: string | undefined }
  readonly isLocked?: boolean
}

type TextName<Fields> = {
  [Name in keyof Fields]-?: Fields[Name] extends string | undefined ? Name : never
}[keyof Fields]

/** Gives what a control needs to show and set one field of text. */
export function bindFields<Fields extends object>({ fields, set, problems = {}, isLocked }: Form<Fields>) {
  return (name: TextName<Fields>) => ({
    value: String(fields[name] ?? ''),
    onChange: ({ target }: { readonly target: { readonly value: string } }) =>
      set({ [name]: target.value } as Partial<Fields>),
    error: problems[name],
    disabled: isLocked,
  })
}
