import type { PemReport } from '@countersign/doctor'
import { shellQuote } from '../shell-quote.ts'
import type { Style } from '../terminal/style.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'
import { row } from './describe-diagnosis.ts'

/** The text about a key on a terminal: its problems, or that there are none. */
export function describePem(
  file: string,
  report: PemReport,
  isRepaired: boolean,
  { signs, bold, next }: Style,
): string {
  const { problems, publicKey, isPrivate, repaired } = report
  const name = escapeUntrusted(file)
  if (problems.length === 0) {
    const type = publicKey?.type === 'rsa' ? `RSA ${publicKey.bits}` : 'Ed25519'
    return `${signs.good} ${bold(name)} is a sound ${isPrivate ? 'private' : 'public'} key, ${type}\n`
  }
  const lines = [`${publicKey ? signs.warning : signs.bad} ${bold(name)} is not as toolkits read it`]
  for (const { code, title, hint, details } of problems) {
    lines.push(row('wrong', `${title} (${code})`))
    if (details !== undefined) lines.push(row('why', details))
    lines.push(row('fix', hint))
  }
  if (repaired !== undefined && !isRepaired)
    lines.push(row('or', next(`countersign doctor --pem ${shellQuote(name)} --repair NEW_FILE`)))
  return `${lines.join('\n')}\n`
}
