import { CAUSES, causeDocs, type Diagnosis, durationWords, type Finding, type Unseen } from '@countersign/doctor'
import type { Style } from '../terminal/style.ts'
import type { TableFit } from '../terminal/table.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'
import { describeDiff } from './describe-diff.ts'

/**
 * The text of a diagnosis on a terminal: each mistake, the signed text above the expected text, and the fix.
 *
 * @param hadKeys whether there was a key to try the signature with
 */
export function describeDiagnosis(
  diagnosis: Diagnosis,
  hadKeys: boolean,
  style: Style,
  fit: TableFit | undefined,
): string {
  const { signs, bold } = style
  if (diagnosis.verdict === 'correct') {
    const { signed, remark, unseen } = diagnosis
    const name = signed.key.name ?? signed.key.keyId ?? 'this key'
    const lines = [`${signs.good} ${bold(`This request is correctly signed for ${escapeUntrusted(name)}.`)}`]
    lines.push(row('signed', escapeUntrusted(signed.diff.signed)), row('with', signed.algorithm))
    if (remark !== undefined) lines.push(row('note', remark))
    for (const part of unseen) lines.push(row('unseen', UNSEEN[part]))
    return `${lines.join('\n')}\n`
  }
  if (diagnosis.verdict === 'unknown') {
    const lines = [
      `${signs.warning} ${bold(hadKeys ? 'No known mistake fits' : 'Nothing is wrong but perhaps the signature')}`,
    ]
    lines.push(row('why', hadKeys ? NOTHING_FITS : 'Without a key, nothing is known of the signature itself.'))
    if (!hadKeys)
      lines.push(row('fix', 'Give the key, private or public, with --pem FILE, or ask the server with --live.'))
    if (diagnosis.expected !== undefined) lines.push(row('expected', escapeUntrusted(diagnosis.expected)))
    return `${lines.join('\n')}\n`
  }
  const { findings, signed } = diagnosis
  const shown = findings.map((finding, i) => {
    const lines = [headline(finding, style)]
    if (i === 0 && signed) {
      lines.push(...describeDiff(signed.diff, fit))
      const isPlain = signed.diff.ranges.length > 0 && signed.encoding === undefined
      if (!isPlain) lines.push(row('with', [signed.algorithm, signed.encoding].filter(Boolean).join(', ')))
    }
    if (finding.details !== undefined) lines.push(row('why', escapeUntrusted(finding.details)))
    lines.push(row('fix', CAUSES[finding.cause].hint), row('more', causeDocs(finding.cause)))
    return lines.join('\n')
  })
  return `${shown.join('\n')}\n`
}

/** What may still refuse a correctly signed request, and how to check it. */
const UNSEEN: Readonly<Record<Unseen, string>> = {
  clock: 'whether its time was within the window: give the Date header of the answer with --at',
  key: "the key's state, scopes and allowlist: ask the server with --live",
  route: 'the rule of the route: an operator sees it with countersign config explain METHOD PATH',
  replay: 'whether the server saw it before: paste the answer too, as curl -v prints it',
}

const NOTHING_FITS = 'Most often: the private key of another key, or an unlisted format.'

/** The place of the causes in a line. */
const CAUSE_COLUMN = 46

function headline({ cause, confidence }: Finding, { signs, bold }: Style): string {
  const { title } = CAUSES[cause]
  const sign = confidence === 'certain' ? signs.bad : signs.warning
  return `${sign} ${bold(title)}${' '.repeat(Math.max(2, CAUSE_COLUMN - 2 - title.length))}${cause}, ${confidence}`
}

/** A labelled line. */
export function row(label: string, text: string): string {
  return `  ${label.padEnd(8)}  ${text}`
}

/** How far this machine's clock is from the server's, in words. */
export function clockWords(aheadMs: number): string {
  if (Math.abs(aheadMs) < 1000) return "is the server's, to within a second"
  return `is ${durationWords(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the server's`
}
