import { Options, SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import type { Doctor } from './use-doctor.ts'

/** The request, and beside it what is known of its sender. */
export function DoctorFields({ doctor }: { readonly doctor: Doctor }) {
  const { field, accounts, candidates, pasted } = doctor
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[1fr_20rem]">
      <TextArea
        label="curl command, raw HTTP request or HAR entry"
        className="font-mono text-mono"
        rows={10}
        spellCheck={false}
        data-search=""
        {...field('text')}
      />
      <div className="space-y-4">
        {accounts && (
          <SelectField label="Account" {...field('accountId')}>
            <option value="">Choose whose keys to try</option>
            <Options of={accounts.map(({ account_id: id, name }) => [id, name])} />
          </SelectField>
        )}
        <SelectField label="Key" {...field('chosenKey')}>
          <option value="">as found in the request</option>
          <Options of={candidates.map(({ keyId = '', name = '' }) => [keyId, name])} />
        </SelectField>
        <TextField
          label="Server time when sent"
          className="font-mono"
          placeholder="unknown, or paste its Date header"
          {...field('date')}
        />
        <TextArea
          label="Another public key"
          className="font-mono text-mono"
          rows={3}
          spellCheck={false}
          placeholder="-----BEGIN PUBLIC KEY-----"
          {...field('pem')}
        />
        {pasted?.isPrivate && (
          <Notice tone="warn">
            That is a private key. It stays in this browser; treat it as seen if this screen is shared.
          </Notice>
        )}
      </div>
    </div>
  )
}
