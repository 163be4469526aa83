import { REFUSAL_TEXTS, REFUSALS, type RefusalName } from '@countersign/protocol'

const MARK = '<!-- refusals: npm run docs:refusals -->'
const END = '<!-- /refusals -->'

/** docs/wire.md with its table of refusals as the code has it. @throws Error where the page has no place for it. */
export function withRefusalTable(page: string): string {
  const [before, rest] = page.split(MARK)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/wire.md needs ${MARK} and ${END}`)
  return `${before}${MARK}\n\n${refusalTable()}\n\n${END}${after}`
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
