import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { PrivateKeyScreen } from '../../keys/private-key-screen.tsx'
import { usePreference } from '../../preferences.ts'
import { useSession } from '../../session/session.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'
import { dateOf } from '../../ui/times.ts'
import { keyInWords } from './key-in-words.ts'
import { NewKeyFields } from './new-key-fields.tsx'
import { NewKeySubmit } from './new-key-submit.tsx'
import { type NewKeyForm, useNewKeyForm } from './use-new-key-form.ts'

const route = getRouteApi('/keys/new')

/** The form for a new key, then the one screen that shows its private key. */
export function NewKeyPage() {
  const { account } = useSession()
  const { account_id: accountId } = route.useSearch()
  useDocumentTitle('New key', account.name)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const form = useNewKeyForm(accountId)
  const { made, fields, request } = form

  if (made) {
    return (
      <PrivateKeyScreen
        keyId={made.keyId}
        name={request.name}
        keyType={fields.keyType}
        fingerprint={made.fingerprint}
        privateKey={form.privateKey}
        madeBy={fields.madeBy}
        onDelete={() => form.remove(made.keyId)}
        onDone={() => {
          queries.invalidateQueries({ queryKey: ['keys'] })
          navigate({ to: '/keys/$id', params: { id: made.keyId } })
        }}
      />
    )
  }
  return (
    <>
      <PageHeader title="New key" detail={form.accountName} />
      <form onSubmit={form.submit} className="grid items-start gap-6 lg:grid-cols-[1fr_20rem]">
        <div className="divide-y divide-line rounded-panel border border-line bg-surface">
          <NewKeyFields form={form} />
          <NewKeySubmit form={form} />
        </div>
        <InWords form={form} />
      </form>
    </>
  )
}

function InWords({ form: { fields, request } }: { readonly form: NewKeyForm }) {
  const [zone] = usePreference('times')
  const { subaccount, expires_at: expiresAt } = request
  return (
    <aside className="rounded-panel bg-sunken p-4 sm:p-6 lg:sticky lg:top-20">
      <h2 className="mb-2 text-section">In words</h2>
      <p aria-live="polite" className="break-words">
        {keyInWords({
          ...fields,
          subaccount,
          until: expiresAt === undefined ? undefined : dateOf(expiresAt, Date.now(), zone),
        })}
      </p>
    </aside>
  )
}
