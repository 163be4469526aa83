import { FormRow } from './form-row.tsx'
import type { NewKeyForm } from './use-new-key-form.ts'

/** Which type the key has, and who makes it. */
export function KeyChoices({ form }: { readonly form: NewKeyForm }) {
  const { fields, set, browserProblem, hasEd25519 } = form
  return (
    <>
      <FormRow title="Key type">
        <Option
          name="type"
          checked={fields.keyType === 'rsa'}
          onChange={() => set({ keyType: 'rsa' })}
          title="RSA 2048"
          text="works with every existing client"
        />
        <Option
          name="type"
          checked={fields.keyType === 'ed25519'}
          onChange={() => set({ keyType: 'ed25519' })}
          disabled={!hasEd25519}
          title="Ed25519"
          text={hasEd25519 ? 'small, new; check your client' : 'This browser cannot make Ed25519 keys.'}
        />
      </FormRow>
      <FormRow title="Made by">
        <Option
          name="maker"
          checked={fields.madeBy === 'browser'}
          onChange={() => set({ madeBy: 'browser' })}
          disabled={browserProblem !== undefined}
          title="this browser"
          text={browserProblem ?? 'the server never sees the private key'}
        />
        <Option
          name="maker"
          checked={fields.madeBy === 'server'}
          onChange={() => set({ madeBy: 'server' })}
          title="the server"
          text="as older clients expect"
        />
      </FormRow>
    </>
  )
}

interface OptionProps {
  readonly name: string
  readonly checked: boolean
  readonly onChange: () => void
  readonly disabled?: boolean
  readonly title: string
  readonly text: string
}

function Option({ title, text, ...input }: OptionProps) {
  return (
    <label className="flex min-h-9 items-start gap-3 py-1.5 pointer-coarse:min-h-11 pointer-coarse:items-center">
      <input type="radio" className="mt-0.5 size-4 shrink-0 accent-ink" {...input} />
      <span>
        <span className="font-medium">{title}</span> <span className="text-small text-muted">{text}</span>
      </span>
    </label>
  )
}
