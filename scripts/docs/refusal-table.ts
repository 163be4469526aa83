import { REFUSAL_TEXTS, REFUSALS, type RefusalName } from '@countersign/protocol'
import { withGenerated } from './with-generated.ts'

/** docs/wire.md with its table of refusals as the code has it. @throws Error if the page has no place for it. */
export function withRefusalTable(page: string): string {
  return withGenerated(page, { file: 'docs/wire.md', name: 'refusals', script: 'docs:refusals' }, refusalTable())
}

function refusalTable(): string {
  const rows = Object.entries<{ status: number; code: string; details?: string }>(REFUSALS).map(
    ([name, { status, code, details }]) => {
      const { title, fix } = REFUSAL_TEXTS[name as RefusalName]
      const words = details === undefined ? `\`${code}\`` : `\`${code}\`, details \`${details}\``
      return `| ${status} | ${words} | ${title}. | ${fix} |`
    },
  )
  return ['| status | code | what happened | what to do |', '|---|---|---|---|', ...rows].join('\n')
}
