import type { Diagnosis, ParsedRequest } from '@countersign/doctor'
import { serverNow } from '../../api/server-clock.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { duration } from '../../ui/times.ts'
import { DiagnosisCard } from './diagnosis-card.tsx'
import { MistakeView } from './mistake-view.tsx'

interface DiagnosisViewProps {
  readonly diagnosis: Diagnosis
  readonly parsed: ParsedRequest
  /** Whether there was a key to try. */
  readonly hasKeys: boolean
}

/** A diagnosis: correct, a mistake with its fix, or that no known mistake fits. */
export function DiagnosisView({ diagnosis, parsed, hasKeys }: DiagnosisViewProps) {
  const clock = <Clock parsed={parsed} />
  if (diagnosis.verdict === 'correct') {
    const { signed, remark, unseen } = diagnosis
    return (
      <DiagnosisCard isCorrect title={`This request is correctly signed for ${signed.key.name ?? 'this key'}.`}>
        {remark && <p>{remark}</p>}
        {unseen.length > 0 && <p>Not looked at: {unseen.join(', ')}.</p>}
        {clock}
      </DiagnosisCard>
    )
  }
  const expected = diagnosis.expected !== undefined && <Expected text={diagnosis.expected} />
  if (diagnosis.verdict === 'unknown') {
    return (
      <DiagnosisCard title="No known mistake fits">
        <p>
          {hasKeys
            ? 'Most often: the private key of another key, or an unlisted format.'
            : 'There is no public key to try: choose an account, or paste a public PEM.'}
        </p>
        {expected}
        {clock}
      </DiagnosisCard>
    )
  }
  return <MistakeView mistake={diagnosis} expected={expected} clock={clock} />
}

function Expected({ text }: { readonly text: string }) {
  return (
    <div>
      <p className="text-small text-muted">What must be signed</p>
      <CodeBlock label="What must be signed" className="mt-1">
        {text}
      </CodeBlock>
    </div>
  )
}

/** How old the timestamp is now, where the server's time is not known. */
function Clock({ parsed }: { readonly parsed: ParsedRequest }) {
  if (parsed.serverTimeMs !== undefined) return null
  const header = parsed.request.headers.find(([name]) => /-timestamp$/i.test(name))?.[1] ?? ''
  if (!/^\d{13}$/.test(header)) return null
  const ageMs = serverNow() - Number(header)
  return (
    <p className="text-small text-muted">
      The timestamp was {duration(Math.abs(ageMs))} {ageMs < 0 ? 'ahead' : 'old'} just now; paste the answer's Date
      header to judge the clock.
    </p>
  )
}
