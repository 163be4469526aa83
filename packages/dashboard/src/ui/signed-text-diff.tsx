import { diffSignedText, visible } from '@countersign/doctor'
import { Fragment } from 'react'

/** What was signed beside what should have been, in two aligned lines that scroll together and never wrap. */
export function SignedTextDiff({ signed, expected }: { readonly signed: string; readonly expected: string }) {
  const { segments, sentence } = diffSignedText(signed, expected)
  const cells = segments.map((segment, at) => {
    const a = visible(segment.signed)
    const b = visible(segment.expected)
    return { kind: segment.kind, a, b, at, width: Math.max(a.length, b.length) }
  })
  return (
    <figure>
      <figcaption className="mb-2 text-muted">{sentence}</figcaption>
      <div
        tabIndex={0}
        role="group"
        aria-label="Signed and expected text"
        className="overflow-x-auto rounded-control bg-sunken p-3"
      >
        <div aria-hidden="true" className="w-max font-mono text-mono leading-6 whitespace-pre">
          <div>
            <span className="inline-block w-[10ch] text-muted select-none">signed</span>
            {cells.map(({ kind, a, at, width }) => (
              <Fragment key={at}>
                {kind === 'missing' ? (
                  <span className="diff-gap">{'_'.repeat(width)}</span>
                ) : kind === 'extra' ? (
                  <span className="diff-extra">{a}</span>
                ) : kind === 'changed' ? (
                  <span className="diff-changed">{a.padEnd(width)}</span>
                ) : (
                  a
                )}
              </Fragment>
            ))}
          </div>
          <div>
            <span className="inline-block w-[10ch] text-muted select-none">expected</span>
            {cells.map(({ kind, b, at, width }) => (
              <Fragment key={at}>
                {kind === 'extra' ? (
                  <span className="diff-gap">{'_'.repeat(width)}</span>
                ) : kind === 'missing' ? (
                  <span className="diff-missing">{b}</span>
                ) : kind === 'changed' ? (
                  <span className="diff-changed">{b.padEnd(width)}</span>
                ) : (
                  b
                )}
              </Fragment>
            ))}
          </div>
          <div className="text-bad select-none">
            <span className="inline-block w-[10ch]" />
            {cells.map(({ kind, at, width }) => (
              <Fragment key={at}>{(kind === 'same' ? ' ' : kind === 'changed' ? '~' : '^').repeat(width)}</Fragment>
            ))}
          </div>
        </div>
      </div>
    </figure>
  )
}
