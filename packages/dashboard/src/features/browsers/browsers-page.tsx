import { useSession } from '../../session/session.tsx'
import { SessionTable } from '../../session/session-table.tsx'
import { PageHeader, useDocumentTitle } from '../../ui/page-header.tsx'

/** The browsers that are signed in to the account. */
export function BrowsersPage() {
  const { account } = useSession()
  useDocumentTitle('Signed-in browsers', account.name)
  return (
    <>
      <PageHeader title="Signed-in browsers" />
      <SessionTable accountId={undefined} />
    </>
  )
}
