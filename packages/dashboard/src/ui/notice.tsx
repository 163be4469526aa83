import type { ReactNode } from 'react'
import { StateIcon, type StateShape } from './state-icon.tsx'

/** What a notice is about. */
export type NoticeTone = 'ok' | 'warn' | 'bad' | 'info'

const TONES: Readonly<Record<NoticeTone, { box: string; icon: string; shape: StateShape }>> = {
  ok: { box: 'bg-ok-soft', icon: 'text-ok-graphic', shape: 'active' },
  warn: { box: 'bg-warn-soft', icon: 'text-warn-graphic', shape: 'attention' },
  bad: { box: 'bg-bad-soft', icon: 'text-bad-graphic', shape: 'revoked' },
  info: { box: 'bg-info-soft', icon: 'text-info-graphic', shape: 'info' },
}

interface NoticeProps {
  readonly tone: NoticeTone
  readonly title?: ReactNode
  readonly children?: ReactNode
  /** Whether screen readers read it at once. */
  readonly isAlert?: boolean
}

/** Something that a person should know: shape, words, colour. */
export function Notice({ tone, title, children, isAlert = false }: NoticeProps) {
  const { box, icon, shape } = TONES[tone]
  return (
    <div role={isAlert ? 'alert' : undefined} className={`flex gap-3 rounded-control p-3 ${box}`}>
      <StateIcon shape={shape} className={`mt-1 ${icon}`} />
      <div className="min-w-0 grow">
        {title && <div className="font-medium">{title}</div>}
        {children && <div className={title ? 'mt-1 text-muted' : ''}>{children}</div>}
      </div>
    </div>
  )
}
