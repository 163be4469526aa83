import type { AccountUsage, DeploymentUsage, KeyUsage, UsageCounts } from '@countersign/api'
import { shortId } from '../short-id.ts'
import { renderTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { escapeUntrusted } from './untrusted.ts'

type Usage = KeyUsage | AccountUsage | DeploymentUsage

const BAR_WIDTH = 20
const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** Usage as lines: a bar of the allowed requests in each step, and the numbers of all others. */
export function renderUsage(title: string, usage: Usage, terminal: Terminal): string {
  const { style, fit } = terminal
  const label = labels(usage.step, fit !== undefined)
  const most = Math.max(...usage.points.map(({ allowed }) => allowed))
  const figures = usage.points.map(({ allowed }) => grouped(allowed))
  const figureWidth = Math.max(...figures.map(({ length }) => length))
  const others = notAllowed(usage.points)
  const labelWidth = Math.max(...usage.points.map(({ at }) => label(at).length))
  const heading = `${' '.repeat(labelWidth)}  ${'ALLOWED'.padEnd(BAR_WIDTH + 2 + figureWidth)}       NOT`
  const lines = usage.points.map(({ at, allowed }, i) => {
    const length = most === 0 ? 0 : Math.ceil((allowed / most) * BAR_WIDTH)
    const bar = style.signs.bar.repeat(length) + ' '.repeat(BAR_WIDTH - length)
    return `${label(at).padEnd(labelWidth)}  ${bar}  ${(figures[i] ?? '').padStart(figureWidth)}       ${others[i]}`
  })
  const text = [
    `${style.bold(escapeUntrusted(title))}, ${rangeWords(usage, fit !== undefined)}, counted up to a second ago`,
  ]
  text.push(`  ${style.bold(heading)}`, ...lines.map((line) => `  ${line}`.trimEnd()), '')
  return text.join('\n') + busiest(usage, terminal)
}

/** Figures in columns; faults only if there are any. */
function notAllowed(points: readonly UsageCounts[]): string[] {
  const names = points.some(({ fault }) => fault > 0)
    ? (['refused', 'limited', 'fault'] as const)
    : (['refused', 'limited'] as const)
  const columns = names.map((name) => {
    const cells = points.map((point) => `${name} ${grouped(point[name])}`)
    const width = Math.max(...cells.map(({ length }) => length))
    return cells.map((cell) => cell.padEnd(width))
  })
  return points.map((_, i) => columns.map((column) => column[i]).join('   '))
}

function busiest(usage: Usage, { style, fit }: Terminal): string {
  const tables = [
    'top_accounts' in usage &&
      table(
        'ACCOUNT',
        usage.top_accounts.map(({ account_id, name, ...counts }) => ({ id: account_id, name, ...counts })),
      ),
    'top_keys' in usage &&
      table(
        'KEY',
        usage.top_keys.map(({ api_key_id, name, is_browser, ...counts }) => ({
          id: api_key_id,
          name: is_browser ? `browser ${name}` : name,
          ...counts,
        })),
      ),
    'top_codes' in usage &&
      table(
        'CODE',
        usage.top_codes.map(({ code, ...counts }) => ({ id: undefined, name: code, ...counts })),
      ),
  ]
  return tables
    .filter((each) => each !== false && each !== '')
    .map((each) => `\n${each}`)
    .join('')

  function table(
    heading: string,
    rows: readonly (UsageCounts & { id: string | undefined; name: string | undefined })[],
  ) {
    if (rows.length === 0) return ''
    const idOf = (id: string) => escapeUntrusted(fit ? shortId(id) : id)
    return renderTable(
      [
        { heading, cells: rows.map(({ name }) => escapeUntrusted(name ?? 'deleted')), maxWidth: 32, mark: style.bold },
        ...(rows[0]?.id === undefined ? [] : [{ heading: 'ID', cells: rows.map(({ id }) => idOf(id ?? '')) }]),
        figuresOf(
          'ALLOWED',
          rows.map(({ allowed }) => allowed),
        ),
        figuresOf(
          'REFUSED',
          rows.map(({ refused }) => refused),
        ),
        figuresOf(
          'LIMITED',
          rows.map(({ limited }) => limited),
        ),
        figuresOf(
          'FAULT',
          rows.map(({ fault }) => fault),
        ),
      ],
      style.bold,
      fit,
    )
  }
}

function figuresOf(heading: string, figures: readonly number[]) {
  const cells = figures.map(grouped)
  const width = Math.max(heading.length, ...cells.map(({ length }) => length))
  return { heading: heading.padStart(width), cells: cells.map((cell) => cell.padStart(width)) }
}

/** Times of lines. On a terminal: local, except days, which are UTC. In a pipe: ISO 8601, UTC. */
function labels(step: Usage['step'], isTerminal: boolean): (at: number) => string {
  if (!isTerminal) return (at) => new Date(at).toISOString()
  const format = step === 'day' ? DAY_UTC : TIME
  return (at) => format.format(at)
}

function rangeWords({ from, to, step }: Usage, isTerminal: boolean): string {
  if (!isTerminal) return `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
  if (step === 'day') return `${DAY_UTC.format(from)} to ${DAY_UTC.format(to - STEP_MS.day)} (days of UTC)`
  const [first, last] = [DAY.format(from), DAY.format(to)]
  return `${first} ${TIME.format(from)} to ${first === last ? '' : `${last} `}${TIME.format(to)} (${zoneAt(from)})`
}

/** `UTC+1` */
function zoneAt(unixMs: number): string {
  const minutes = -new Date(unixMs).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const DAY_UTC = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

function grouped(figure: number): string {
  return figure.toLocaleString('en')
}
