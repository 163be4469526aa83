import type { AccountAuditEvent } from '@countersign/api'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useSession } from '../session/session.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { shortId } from '../ui/ids.ts'
import { FromAddress } from '../ui/last-used.tsx'
import { LINK } from '../ui/link-class.ts'
import { Time } from '../ui/time.tsx'
import { actorWords } from './actor-words.ts'

/** One audit event: when, what, about whom and by whom; what it changed on demand. */
export function EventRow({
  event,
  browser,
}: {
  readonly event: AccountAuditEvent
  readonly browser: string | undefined
}) {
  const [isOpen, setOpen] = useState(false)
  const hasFacts = event.before !== undefined || event.after !== undefined
  return (
    <li className="px-4 py-3 sm:px-6">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="w-28 text-muted">
          <Time at={event.at} />
        </span>
        <span className="font-mono text-mono font-medium">{event.action}</span>
        <About event={event} />
        <span className="min-w-0 text-muted">
          {actorWords(event.actor, browser)}
          <FromAddress ip={event.actor.ip} />
        </span>
        {event.reason !== undefined && <span className="min-w-0 break-words">"{event.reason}"</span>}
        {hasFacts && (
          <button
            type="button"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            className="ml-auto min-h-6 rounded-chip text-ink hover:text-ink-hover"
          >
            {isOpen ? 'hide' : 'before / after'}
          </button>
        )}
      </div>
      {isOpen && (
        <div className="mt-3 grid gap-3 sm:grid-cols-2">
          <Facts title="Before" facts={event.before} />
          <Facts title="After" facts={event.after} />
        </div>
      )}
    </li>
  )
}

/** The key, or for operators the account, that an event is about. */
function About({ event }: { readonly event: AccountAuditEvent }) {
  const { isOperator } = useSession()
  const { api_key_id: keyId, account_id: accountId } = event
  const name = nameIn(event.after) ?? nameIn(event.before)
  const link = `${LINK} font-mono text-mono`
  if (keyId && !event.action.startsWith('session.')) {
    return (
      <span className="min-w-0">
        {name !== undefined && <bdi className="break-words">{name} </bdi>}
        <Link to="/keys/$id" params={{ id: keyId }} className={link} title={keyId}>
          {shortId(keyId)}
        </Link>
      </span>
    )
  }
  return (
    <>
      {name !== undefined && <bdi className="min-w-0 break-words">{name}</bdi>}
      {isOperator && accountId && (
        <Link to="/accounts/$id" params={{ id: accountId }} className={link} title={accountId}>
          {shortId(accountId)}
        </Link>
      )}
    </>
  )
}

function Facts({ title, facts }: { readonly title: string; readonly facts: unknown }) {
  return (
    <div className="min-w-0">
      <h4 className="text-small font-medium text-muted">{title}</h4>
      <CodeBlock label={title} className="mt-1" isSmall>
        {facts === undefined ? 'nothing' : JSON.stringify(facts, null, 2)}
      </CodeBlock>
    </div>
  )
}

function nameIn(facts: unknown): string | undefined {
  if (typeof facts !== 'object' || facts === null || !('name' in facts)) return undefined
  return typeof facts.name === 'string' ? facts.name : undefined
}
