import { SUBACCOUNT_MAX } from '@countersign/api/key-rules'
import { useQuery } from '@tanstack/react-query'
import { ownAddress } from '../../api/queries.ts'
import { deployment } from '../../deployment.ts'
import { isInNetworks } from '../../keys/network.ts'
import { NetworkList } from '../../keys/network-list.tsx'
import { usePreference } from '../../preferences.ts'
import { useSession } from '../../session/session.tsx'
import { Options, SelectField, TextField } from '../../ui/field.tsx'
import { ScopeTree } from '../../ui/scope-tree.tsx'
import { FormRow } from './form-row.tsx'
import { KeyChoices } from './key-choices.tsx'
import type { NewKeyForm } from './use-new-key-form.ts'

const SUBACCOUNTS = Array.from({ length: SUBACCOUNT_MAX + 1 }, (_, i) => String(i))

/** The fields of the form, row by row. */
export function NewKeyFields({ form }: { readonly form: NewKeyForm }) {
  const { scopes: held } = useSession()
  const { fields, set, field, problems, leaveName } = form
  return (
    <>
      <FormRow title="Name">
        <TextField
          label="Name"
          isLabelHidden
          dir="auto"
          autoComplete="off"
          maxLength={300}
          {...field('name')}
          onBlur={leaveName}
          hint="What the program is called, for people."
        />
      </FormRow>
      <FormRow title="May do">
        <ScopeTree
          scopes={deployment.scopes}
          held={held}
          value={fields.scopes}
          onChange={(scopes) => set({ scopes })}
          mode="new"
        />
        {problems.scopes && <p className="mt-1 text-bad">{problems.scopes}</p>}
      </FormRow>
      <FormRow title="May be used">
        <Limits form={form} />
      </FormRow>
      <KeyChoices form={form} />
    </>
  )
}

function Limits({ form: { fields, set, field } }: { readonly form: NewKeyForm }) {
  const [zone] = usePreference('times')
  const { subaccount, until, networks } = fields
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Sub-account"
          {...field('subaccount')}
          hint={subaccount === '' ? undefined : 'A key bound to a sub-account cannot manage keys.'}
        >
          <option value="">any</option>
          <Options of={SUBACCOUNTS} />
        </SelectField>
        <TextField
          label="Until"
          type="date"
          {...field('until')}
          hint={
            until === ''
              ? 'No expiry.'
              : `Refused from the start of this day on, ${zone === 'utc' ? 'UTC' : 'local time'}.`
          }
        />
      </div>
      <div className="mt-4">
        <NetworkList value={networks} onChange={(next) => set({ networks: next })} />
        <OwnAddressNote networks={networks} />
      </div>
    </>
  )
}

function OwnAddressNote({ networks }: { readonly networks: readonly string[] }) {
  const { call } = useSession()
  const address = useQuery(ownAddress(call)).data
  if (address === undefined || networks.length === 0 || isInNetworks(address, networks) !== false) return null
  return <p className="mt-2 text-warn">Your address {address} is not in the list.</p>
}
