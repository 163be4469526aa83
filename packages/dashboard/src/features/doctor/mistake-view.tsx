import { CAUSES, causeDocs, type Diagnosis, type Finding } from '@countersign/doctor'
import type { ReactNode } from 'react'
import { SigningSnippets } from '../../keys/signing-snippets.tsx'
import { SignedTextDiff } from '../../ui/signed-text-diff.tsx'
import { DiagnosisCard } from './diagnosis-card.tsx'

type Mistake = Extract<Diagnosis, { readonly verdict: 'mistake' }>

interface MistakeViewProps {
  readonly mistake: Mistake
  /** What must be signed, where that is known. */
  readonly expected: ReactNode
  readonly clock: ReactNode
}

/** A mistake: what differs, how to fix it, and what else may be wrong. */
export function MistakeView({ mistake, expected, clock }: MistakeViewProps) {
  const { signed } = mistake
  const [first, ...others] = mistake.findings
  return (
    <DiagnosisCard title={titleOf(mistake)} aside={certaintyOf(mistake)}>
      {first.details && <p className="text-muted">{first.details}</p>}
      {signed ? <Signed signed={signed} /> : expected}
      <p>
        <span className="font-medium">Fix</span> {CAUSES[first.cause].hint}
      </p>
      <p className="text-small text-muted">
        {CAUSES[first.cause].about} <span className="font-mono">{causeDocs(first.cause)}</span>
      </p>
      <details>
        <summary className="min-h-6 w-fit rounded-chip text-ink hover:text-ink-hover">How it is signed right</summary>
        <div className="mt-2">
          <SigningSnippets
            keyId={signed?.key.keyId ?? 'KEY_ID'}
            keyType={signed?.key.key.type ?? 'rsa'}
            fileName="private-key.pem"
          />
        </div>
      </details>
      {others.length > 0 && <Others findings={others} />}
      {clock}
    </DiagnosisCard>
  )
}

function titleOf({ findings: [first], signed }: Mistake): string {
  const { name } = signed?.key ?? {}
  return first.cause === 'other_key' && name ? `Signed by another key of yours: ${name}` : CAUSES[first.cause].title
}

function certaintyOf({ findings: [first], signed }: Mistake): string {
  if (first.confidence !== 'certain') return 'likely'
  if (!signed) return 'certain'
  return `certain: it verifies over the ${signed.diff.ranges.length > 0 ? 'first line' : 'text'}`
}

function Signed({ signed: { diff, algorithm, encoding, key } }: { readonly signed: NonNullable<Mistake['signed']> }) {
  return (
    <>
      {diff.ranges.length > 0 && <SignedTextDiff signed={diff.signed} expected={diff.expected} />}
      <p className="text-small text-muted">
        Verified as {algorithm}
        {encoding && `, ${encoding}`}, by {key.name ?? 'the registered key'}.
      </p>
    </>
  )
}

function Others({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <div>
      <h3 className="font-medium">Also</h3>
      <ul className="mt-1 list-disc space-y-1 pl-5">
        {findings.map(({ cause, details }) => (
          <li key={cause}>
            {CAUSES[cause].title}
            {details && `, ${details}`}. {CAUSES[cause].hint}
          </li>
        ))}
      </ul>
    </div>
  )
}
