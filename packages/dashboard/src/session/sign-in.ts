import type { LinkPreview } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { encodeBase64Url, encodeUtf8, signStatement } from '@countersign/protocol'
import { callPublic } from '../api/connection.ts'
import { deployment } from '../deployment.ts'
import { makeBrowserKey } from './browser-key.ts'
import { type StoredSession, writeSession } from './session-store.ts'

/** What a link is for, without using it up. */
export async function previewLink(code: string): Promise<LinkPreview> {
  return callPublic(calls.previewLink, { body: { code_sha256: await hashOf(code) } })
}

/** Trades a link's code for a session of this browser's own new key, and keeps it. */
export async function signIn(code: string, preview: LinkPreview, browserName: string): Promise<StoredSession> {
  const key = await makeBrowserKey()
  const fields = { code_sha256: await hashOf(code), new_fingerprint: key.fingerprint }
  const proof = await signStatement(
    { purpose: 'session', deploymentId: deployment.deploymentId, fields },
    key.statementKey,
  )
  const started = await callPublic(calls.startSession, {
    body: { code, public_key: key.publicKeyPem, name: browserName, proof },
  })
  const session: StoredSession = {
    sessionId: started.session_id,
    privateKey: key.privateKey,
    account: { id: started.account_id, name: preview.account?.name ?? started.account_id },
    scopes: started.scopes,
    isOperator: started.scopes.includes('admin'),
    expiresAt: started.expires_at,
  }
  await writeSession(session)
  return session
}

async function hashOf(code: string): Promise<string> {
  const bytes = Uint8Array.from(encodeUtf8(code))
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
