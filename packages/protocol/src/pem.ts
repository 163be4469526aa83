import { decodeBase64, encodeBase64 } from './encoding.ts'

/** A PEM block: its label ("PUBLIC KEY") and its DER bytes. */
export interface PemBlock {
  readonly label: string
  readonly der: Uint8Array
}

const ARMOUR = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n([A-Za-z0-9+/=\r\n]+\n)-----END \1-----$/

/**
 * The one PEM block of a text (RFC 7468), or `undefined`. White space around the block, CRLF line ends and lines of any
 * length are accepted. A second block, text outside the block, or headers inside it are not.
 */
export function readPem(text: string): PemBlock | undefined {
  const match = ARMOUR.exec(text.trim())
  if (!match) return undefined
  const [, label, body] = match
  const der = decodeBase64((body ?? '').replace(/\r?\n/g, ''))
  return label && der && der.length > 0 ? { label, der } : undefined
}

/** A PEM text with lines of 64 characters and a newline at its end (RFC 7468). */
export function writePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
