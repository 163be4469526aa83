import { constants, verify } from 'node:crypto'
import { AUTHORITY, type Kind, type SignedHeaders, type Signer, TARGET } from './requests.ts'

const PSS = constants.RSA_PKCS1_PSS_PADDING

/**
 * The least that anyone could do with these requests: put together what was signed, decode the signature, one
 * `crypto.verify`. No header is checked, nothing is parsed that can be cut out.
 */
export function verifyBare(kind: Kind, { publicKey }: Signer, requests: readonly SignedHeaders[]): void {
  const pss256 = { key: publicKey, padding: PSS, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
  const pss512 = { key: publicKey, padding: PSS, saltLength: 64 }
  for (const headers of requests) {
    const isValid =
      kind === 'access-headers rsa'
        ? verify('sha256', accessText(headers), pss256, decode(headers['kalshi-access-signature'] ?? ''))
        : kind === 'http-message-signatures rsa'
          ? verify('sha512', base(headers), pss512, messageSignature(headers))
          : verify(null, base(headers), publicKey, messageSignature(headers))
    if (!isValid) throw new Error('a correct signature was refused')
  }
}

function accessText(headers: SignedHeaders): Buffer {
  return Buffer.from(`${headers['kalshi-access-timestamp']}POST${TARGET}`)
}

function base(headers: SignedHeaders): Buffer {
  return Buffer.from(
    `"@method": POST\n"@authority": ${AUTHORITY}\n"@path": ${TARGET}\n"content-digest": ${headers['content-digest']}\n` +
      `"@signature-params": ${headers['signature-input']?.slice('sig1='.length)}`,
  )
}

function messageSignature({ signature = '' }: SignedHeaders): Buffer {
  return decode(signature.slice('sig1=:'.length, -1))
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
