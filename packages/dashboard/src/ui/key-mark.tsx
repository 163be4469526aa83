import { keyMark, type KeyMark as Mark } from '@countersign/client'
import { decodeBase64Url } from '@countersign/protocol'
import { memo } from 'react'

interface KeyMarkProps {
  /** SHA-256 of the public key, base64url. */
  readonly fingerprint: string
  readonly size: 20 | 32 | 64 | 96
  /** Whether no text beside it names the key; then the mark has a name for screen readers. */
  readonly alone?: boolean
}

/** The rosette of a public key. Never without text of its fingerprint or key id nearby: it helps memory and proves nothing. */
export const KeyMark = memo(function KeyMark({ fingerprint, size, alone = false }: KeyMarkProps) {
  const mark = markOf(fingerprint)
  if (!mark) return <span className="inline-block shrink-0" style={{ width: size, height: size }} />
  const paths = size < 32 ? mark.paths.small : mark.paths.full
  const named = alone ? { role: 'img', 'aria-label': mark.name } : { 'aria-hidden': true }
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} className="shrink-0" {...named}>
      <title>{mark.name}</title>
      {paths.map(({ d, hue, chroma, strokeWidth }) => {
        const colour = `oklch(var(--mark-lightness) ${chroma} ${hue})`
        if (strokeWidth === undefined) return <path key={d} d={d} style={{ fill: colour }} />
        const width = strokeWidth === 'line' ? (size >= 64 ? 0.9 : 1.5) : strokeWidth
        return <path key={d} d={d} fill="none" strokeLinejoin="round" strokeWidth={width} style={{ stroke: colour }} />
      })}
    </svg>
  )
})

const MAX_KEPT = 1_000
const kept = new Map<string, Mark | undefined>()

function markOf(fingerprint: string): Mark | undefined {
  if (!kept.has(fingerprint)) {
    if (kept.size >= MAX_KEPT) kept.clear()
    const digest = decodeBase64Url(fingerprint)
    kept.set(fingerprint, digest?.length === 32 ? keyMark(digest) : undefined)
  }
  return kept.get(fingerprint)
}
