import type { LinkPreview } from '@countersign/api'
import { grantsScope } from '@countersign/protocol'
import { findAccount } from '../storage/accounts.ts'
import { findLink } from '../storage/links.ts'
import type { ActionContext } from './context.ts'

/** The purpose of a sign-in link, without using it. */
export async function previewLink(
  { database, now, deploymentId }: ActionContext & { readonly deploymentId: string },
  codeSha256: string,
): Promise<LinkPreview> {
  const link = await findLink(database.kysely, codeSha256, now())
  const account = link && (await findAccount(database.kysely, link.accountId))
  if (!link || !account) return { status: 'unknown', deployment_id: deploymentId }
  if (link.usedAt !== undefined) return { status: 'used', deployment_id: deploymentId }
  if (now() >= link.expiresAt) return { status: 'expired', deployment_id: deploymentId }
  return {
    status: 'usable',
    deployment_id: deploymentId,
    account: {
      id: account.accountId,
      name: account.name,
      external_id: account.externalId,
    },
    operator: grantsScope(link.scopes, 'admin'),
    scopes: [...link.scopes],
    expires_at: link.expiresAt,
  }
}
