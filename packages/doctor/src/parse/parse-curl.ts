import { encodeUtf8 } from '@countersign/protocol'
import type { RefusedRequest } from '../refused-request.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'
import { splitUrl } from './split-url.ts'
import { splitWords, type Word } from './split-words.ts'

/**
 * The request of a curl command, as far as the command shows it: files are not read, and variables are not filled in.
 */
export function parseCurl(text: string): ParsedRequest | InputProblem {
  const words = splitWords(text)
  if ('problem' in words) return words
  const start = words.findIndex(({ text: word }) => /(?:^|\/)curl(?:\.exe)?$/.test(word))
  const command: Command = {
    headers: [],
    data: [],
    isGet: false,
    isHead: false,
    isBodyUnknown: false,
    isPathAsIs: false,
  }
  for (let i = start + 1; i < words.length; i++) {
    const word = words[i]
    if (!word) break
    const options = optionsOf(word)
    if (!options) {
      // A shell would run another command here.
      if (/^(?:[|;&]+|\d?>.*)$/.test(word.text) && !word.isQuoted) break
      if (command.url) return notCurl(word)
      command.url = word
      continue
    }
    for (const { name, value: attached } of options) {
      const take = TAKES_VALUE[name]
      if (take === undefined) {
        FLAGS[name]?.(command)
        if (!(name in FLAGS) && name.startsWith('--') && !/^--(?:no-)?[a-z0-9.-]+$/.test(name)) return notCurl(word)
        continue
      }
      const holder = attached === undefined ? words[++i] : word
      if (!holder) return { problem: `The option ${name} lacks its value.`, line: word.line }
      take(command, attached ?? holder.text, holder)
    }
  }
  return toRequest(command)
}

interface Command {
  method?: string
  url?: Word
  readonly headers: { name: string; value: string; word: Word }[]
  readonly data: string[]
  isGet: boolean
  isHead: boolean
  isBodyUnknown: boolean
  isPathAsIs: boolean
}

function toRequest(command: Command): ParsedRequest | InputProblem {
  const { url, headers, data, isGet, isHead } = command
  if (!url) return { problem: 'The curl command has no URL.' }
  const variable = [url, ...headers.map(({ word, value }) => ({ ...word, text: value }))].find(hasVariable)
  if (variable) {
    return {
      problem: `Line ${variable.line} holds a variable of the shell. Paste what was sent, as curl -v prints it.`,
      line: variable.line,
    }
  }
  const parts = splitUrl(url.text)
  if (!parts) return notCurl(url)
  const text = data.join('&')
  const hasBody = data.length > 0 && !isGet
  const method = command.method ?? (isHead ? 'HEAD' : hasBody || command.isBodyUnknown ? 'POST' : 'GET')
  const sent = command.isPathAsIs ? parts.target : withoutDotSegments(parts.target)
  const target = isGet && text !== '' ? sent + (sent.includes('?') ? '&' : '?') + text : sent
  const isUnknown = command.isBodyUnknown && !isGet
  const request: RefusedRequest = {
    method,
    ...parts,
    target,
    headers: headers.map(({ name, value }) => [name, value] as const),
    body: isUnknown ? undefined : encodeUtf8(hasBody ? text : ''),
  }
  return { kind: 'curl', request }
}

function hasVariable({ text, isLiteral }: Word): boolean {
  return !isLiteral && /\$[A-Za-z_{(]|`/.test(text)
}

type Take = (command: Command, value: string, word: Word) => void

const skip: Take = () => undefined
const addData: Take = (command, value) => {
  if (value.startsWith('@')) command.isBodyUnknown = true
  else command.data.push(value)
}

/** The options of curl that take a value, and their meaning here. */
const TAKES_VALUE: Readonly<Record<string, Take | undefined>> = {
  '--request': (command, value) => {
    command.method = value
  },
  '--url': (command, value, word) => {
    command.url = { ...word, text: value }
  },
  '--header': (command, value, word) => {
    const [, name, mark, rest = ''] = /^([^:;]+)([:;])\s*(.*)$/s.exec(value) ?? []
    // `Name:` removes a header of curl's own; `Name;` sends it empty.
    if (name !== undefined && (rest !== '' || mark === ';')) {
      command.headers.push({ name: name.trim(), value: rest.trimEnd(), word })
    }
  },
  '--data': addData,
  '--data-ascii': addData,
  '--data-binary': addData,
  '--data-raw': (command, value) => {
    command.data.push(value)
  },
  '--data-urlencode': (command, value) => {
    const at = value.search(/[=@]/)
    if (value[at] === '@') command.isBodyUnknown = true
    else if (at < 1) command.data.push(encodeURIComponent(value.slice(at + 1)))
    else command.data.push(`${value.slice(0, at)}=${encodeURIComponent(value.slice(at + 1))}`)
  },
  '--json': (command, value, word) => {
    addData(command, value, word)
    command.headers.push({ name: 'Content-Type', value: 'application/json', word })
  },
  '--form': (command) => {
    command.isBodyUnknown = true
  },
  '--upload-file': (command) => {
    command.isBodyUnknown = true
    command.method ??= 'PUT'
  },
  '--user': (command, value, word) => {
    command.headers.push({ name: 'Authorization', value: `Basic ${value.split(':', 1)[0]}`, word })
  },
  '--oauth2-bearer': (command, value, word) => {
    command.headers.push({ name: 'Authorization', value: `Bearer ${value}`, word })
  },
  ...Object.fromEntries(
    ['--cookie', '--user-agent', '--output', '--referer', '--proxy', '--max-time', '--write-out', '--cert', '--key']
      .concat(['--cacert', '--connect-timeout', '--resolve', '--retry', '--interface', '--cookie-jar', '--dump-header'])
      .concat(['--config', '--range', '--ciphers', '--unix-socket', '--connect-to', '--proxy-user', '--retry-delay'])
      .concat([
        '--limit-rate',
        '--max-redirs',
        '--trace',
        '--trace-ascii',
        '--stderr',
        '--retry-max-time',
        '--form-string',
      ])
      .map((name) => [name, skip]),
  ),
}

const FLAGS: Readonly<Record<string, (command: Command) => void>> = {
  '--get': (command) => {
    command.isGet = true
  },
  '--head': (command) => {
    command.isHead = true
  },
  '--path-as-is': (command) => {
    command.isPathAsIs = true
  },
}

/** A target as curl sends it: `/a/./b` and `/a/x/../b` become `/a/b` (RFC 3986 section 5.2.4). */
function withoutDotSegments(target: string): string {
  const [path = '', ...query] = target.split('?')
  if (!/\/\.{1,2}(?:\/|$)/.test(path)) return target
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  }
  return [`/${kept.join('/')}`, ...query].join('?')
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  X: '--request',
  H: '--header',
  d: '--data',
  F: '--form',
  T: '--upload-file',
  u: '--user',
  G: '--get',
  I: '--head',
  b: '--cookie',
  A: '--user-agent',
  o: '--output',
  e: '--referer',
  x: '--proxy',
  m: '--max-time',
  w: '--write-out',
  E: '--cert',
  c: '--cookie-jar',
  D: '--dump-header',
  K: '--config',
  r: '--range',
  U: '--proxy-user',
}

/**
 * The options of one word: `-sS`, `-XPOST`, `--request`, `--request=POST` (curl does not accept it, but people write
 * it).
 */
function optionsOf({ text, isQuoted }: Word): { name: string; value?: string }[] | undefined {
  if (isQuoted && !text.startsWith('-')) return undefined
  if (text.startsWith('--')) {
    const [name = '', ...rest] = text.split('=')
    return [rest.length === 0 ? { name } : { name, value: rest.join('=') }]
  }
  if (!/^-[A-Za-z0-9#:]/.test(text)) return undefined
  const options: { name: string; value?: string }[] = []
  for (let i = 1; i < text.length; i++) {
    const name = LONG_NAMES[text.charAt(i)] ?? `-${text.charAt(i)}`
    const value = text.slice(i + 1)
    if (TAKES_VALUE[name] && value !== '') return [...options, { name, value }]
    options.push({ name })
  }
  return options
}

function notCurl({ line }: Word): InputProblem {
  return { problem: `Line ${line} is not part of a curl command.`, line }
}
