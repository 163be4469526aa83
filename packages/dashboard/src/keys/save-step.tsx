import type { RefObject } from 'react'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { COPIED, type useOneTimeSecret } from '../ui/one-time.ts'

interface SaveStepProps {
  readonly fileName: string
  readonly privateKey: RefObject<string | undefined>
  readonly secret: ReturnType<typeof useOneTimeSecret>
  /** Whether this is the step to take now. */
  readonly isNext: boolean
  readonly onSave: () => void
}

/** Saves, copies or shows the private key. */
export function SaveStep({ fileName, privateKey, secret, isNext, onSave }: SaveStepProps) {
  const { isShown, isCopied, toggle, copy } = secret
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Button kind={isNext ? 'filled' : 'quiet'} onClick={onSave} className="max-w-full">
          <span className="truncate">Save {fileName}</span>
        </Button>
        <Button kind="plain" onClick={copy}>
          Copy
        </Button>
        <Button kind="plain" aria-pressed={isShown} onClick={toggle}>
          {isShown ? 'Hide' : 'Show'}
        </Button>
      </div>
      {isCopied && (
        <p className="mt-2 text-muted" role="status">
          {COPIED}
        </p>
      )}
      <CodeBlock label="Private key" className="mt-3 max-h-64 overflow-y-auto">
        {isShown ? privateKey.current : masked(privateKey.current)}
      </CodeBlock>
      <p className="mt-2 text-small text-muted">
        Then, so that nobody else on that machine reads it: <code className="font-mono">chmod 600 {fileName}</code>
      </p>
    </>
  )
}

/** The first line, and dots for the rest: screens are shared. */
function masked(pem = ''): string {
  const [first = ''] = pem.split('\n', 1)
  return `${first} ${'•'.repeat(24)}`
}
