import { Time } from './time.tsx'

interface LastUsedProps {
  /** Unix milliseconds; absent where it was never used. */
  readonly at: number | undefined
  readonly ip?: string | undefined
  /** For lists: not focusable. */
  readonly plain?: boolean
}

/** When something was used last, and from where. */
export function LastUsed({ at, ip, plain = false }: LastUsedProps) {
  if (at === undefined) return 'never'
  return (
    <>
      <Time at={at} plain={plain} note="At most a minute late." />
      <FromAddress ip={ip} />
    </>
  )
}

/** " from 203.0.113.7"; nothing where the address is not known. */
export function FromAddress({ ip }: { readonly ip: string | undefined }) {
  if (!ip) return null
  return (
    <>
      {' '}
      from <span className="font-mono text-mono">{ip}</span>
    </>
  )
}
