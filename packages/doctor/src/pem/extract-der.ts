import { decodeBase64 } from '@countersign/protocol'
import { toAscii } from '../bytes.ts'
import type { PemProblemCode } from './pem-problems.ts'

/** The bytes of a mangled PEM text, and what was undone. */
export interface Extracted {
  /** Absent if it holds no base64 of useful length. */
  readonly der?: Uint8Array
  /** The words between the dashes. */
  readonly label?: string
  readonly problems: readonly PemProblemCode[]
}

const DASHES = '[-\\u2010-\\u2015\\u2212]'
const ARMOUR = new RegExp(
  `${DASHES}+\\s*BEGIN ([A-Z0-9 ]{0,64}?)\\s*${DASHES}+([\\s\\S]*?)(?:${DASHES}+\\s*END ([A-Z0-9 ]{0,64}?)\\s*${DASHES}+|$)`,
)
const CLEAN_ARMOUR = /^-----BEGIN ([A-Z0-9 ]+)-----\s[\s\S]*\s-----END \1-----$/

/** The bytes of a key's text. Usual damage of such texts is undone: see the problems that it names. */
export function extractDer(plain: string): Extracted {
  const problems: PemProblemCode[] = []
  const [block, label = '', inner = '', endLabel] = ARMOUR.exec(plain) ?? []
  if (block === undefined) {
    const der = readBody(plain, problems)
    return { problems, der }
  }
  if (block.trim() !== plain) problems.push('text_around')
  if (/^\s*Proc-Type:.*ENCRYPTED/m.test(inner))
    return { der: new Uint8Array(0), label: 'ENCRYPTED PRIVATE KEY', problems }
  // A text on one line has spaces instead of line breaks: this is one mistake, not two.
  if (!/[\r\n]/.test(block.trim())) problems.push('one_line')
  else if (endLabel !== label || !CLEAN_ARMOUR.test(block.trim())) problems.push('armour_damaged')
  const der = readBody(inner, problems)
  return { label, problems, der }
}

/** Without quotes, with real line breaks, and decoded if the whole text was encoded twice. */
export function unwrapText(text: string, problems: PemProblemCode[]): string {
  const unquoted = text.replace(/^(?:[A-Za-z_][A-Za-z0-9_]*\s*=\s*)?(["'`])([\s\S]*)\1[,;]?$/, '$2')
  if (unquoted !== text) problems.push('quoted')
  const broken = unquoted.replaceAll(/\\r/g, '').replaceAll(/\\n/g, '\n').trim()
  if (broken !== unquoted.trim()) problems.push('literal_newlines')
  if (/BEGIN/.test(broken)) return broken
  const inner = toText(decodeBase64(broken.replaceAll(/\s/g, '')))
  if (inner === undefined || !/BEGIN [A-Z ]*KEY/.test(inner)) return broken
  problems.push('encoded_again')
  return inner.trim()
}

function toText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && toAscii(bytes.filter((byte) => byte !== 10 && byte !== 13))
    ? new TextDecoder().decode(bytes)
    : undefined
}

/** Shortest base64 that could be a key: an Ed25519 public key takes 60 characters. */
const MIN_LENGTH = 40

function readBody(text: string, problems: PemProblemCode[]): Uint8Array | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length > 1 && lines.some((line) => /[ \t]/.test(line.replace(/\r$/, '')))) problems.push('spaces_inside')
  const joined = text.replaceAll(/\s/g, '')
  if (joined.length < MIN_LENGTH || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(joined)) return undefined
  if (/[-_]/.test(joined)) problems.push('base64url')
  const bare = joined.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const whole = bare.padEnd(Math.ceil(bare.length / 4) * 4, '=')
  if (joined.length % 4 !== 0 && !/[-_]/.test(joined)) problems.push('padding_missing')
  return decodeBase64(whole) ?? decodeBase64(bare.slice(0, bare.length - (bare.length % 4)))
}
