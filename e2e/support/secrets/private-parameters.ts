import { createPrivateKey } from 'node:crypto'

/** Bytes that must be nowhere, and what they are called where they turn up. */
export interface Secret {
  readonly name: string
  readonly bytes: Buffer
}

/** All private parameters of a private key: d, p, q, dp, dq and qi of RSA, the seed (d) of Ed25519. */
export function privateParameters(name: string, pem: string): Secret[] {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' })
  const parameters = (['d', 'p', 'q', 'dp', 'dq', 'qi'] as const).flatMap((parameter) => {
    const value = jwk[parameter]
    return typeof value === 'string' ? { name: `${parameter} of ${name}`, bytes: Buffer.from(value, 'base64url') } : []
  })
  if (parameters.length !== (jwk.kty === 'RSA' ? 6 : 1)) throw new Error(`${name} has ${parameters.length} parameters`)
  return parameters
}
