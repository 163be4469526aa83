import type { Io, Sink } from '../io.ts'

/** How text is marked on one stream: 16 colours, each beside a sign or a word. */
export interface Style {
  /** Names and headings. */
  bold(text: string): string
  /** Repetition. */
  dim(text: string): string
  /** What to type next. */
  next(text: string): string
  /** The word of an error. */
  error(text: string): string
  readonly signs: {
    readonly good: string
    readonly warning: string
    readonly bad: string
    readonly ellipsis: string
    readonly bar: string
    readonly barEmpty: string
    /** Steps of a small chart, the lowest first. */
    readonly spark: string
  }
}

/**
 * The style of a stream: without colours if nobody sees them or the user turned them off, in ASCII if the locale needs
 * it.
 */
export function styleOf(sink: Sink, env: Io['env'], wantsColor: boolean): Style {
  const hasColor = wantsColor && sink.isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (code: number, end: number) => (text: string) =>
    hasColor ? `\u001b[${code}m${text}\u001b[${end}m` : text
  const unicode = isUtf8(env)
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    next: paint(35, 39),
    error: paint(31, 39),
    signs: {
      good: paint(32, 39)(unicode ? '●' : '*'),
      warning: paint(33, 39)(unicode ? '▲' : '!'),
      bad: paint(31, 39)(unicode ? '✕' : 'x'),
      ellipsis: unicode ? '…' : '...',
      bar: unicode ? '█' : '#',
      barEmpty: unicode ? '░' : '.',
      spark: unicode ? '▁▂▃▄▅▆▇█' : '_.:-=+*#',
    },
  }
}

/** Whether the locale is UTF-8 (POSIX: the first of the three that is set decides). */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: Io['env']): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
}
