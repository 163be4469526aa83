import type { OutgoingHttpHeaders } from 'node:http'
import { type Answer, call } from '../../support/call.ts'
import type { KeyHolder } from '../../support/key-holder.ts'
import { messageSignature } from '../../support/proxy/message-signature.ts'

/** Calls the control plane as the holder of a key, signed with the profile that every call accepts. */
export async function signedCall(
  { port }: { readonly port: number },
  as: KeyHolder,
  method: string,
  target: string,
  json?: unknown,
): Promise<Answer> {
  const body = json === undefined ? undefined : JSON.stringify(json)
  const headers = signedHeaders(port, as, method, target, body)
  return call({ port }, method, target, { headers, ...(body !== undefined && { body }) })
}

/** The headers of such a call. */
export function signedHeaders(
  port: number,
  as: KeyHolder,
  method: string,
  target: string,
  body?: string,
): OutgoingHttpHeaders {
  const signed = messageSignature(as, {
    method,
    target,
    authority: `127.0.0.1:${port}`,
    ...(body !== undefined && { body }),
  })
  return {
    ...Object.fromEntries(signed),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
}
