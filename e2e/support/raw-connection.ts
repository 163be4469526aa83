import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One answer as its bytes said it. */
export interface RawAnswer {
  readonly status: number
  /** Lower-case names; of a header that came twice, both values. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

/** What came back over one connection. */
export interface Received {
  readonly answers: readonly RawAnswer[]
  /** Bytes after the last whole answer: none, where all is well. */
  readonly rest: Buffer
  /** Whether the server closed the connection. */
  readonly closed: boolean
}

/** How an exchange goes. */
export interface ExchangeOptions {
  /** Returns after so many final answers; otherwise when the server closes. */
  readonly answers?: number
  /** Tells of each answer in turn whether its request was HEAD, whose answers carry no body. */
  readonly isHead?: (index: number) => boolean
  /** Closes the sending half after the last byte. */
  readonly halfClose?: boolean
  /** Longest wait for the above, in milliseconds; then whatever came is returned. */
  readonly deadlineMs?: number
}

/** Sends bytes as they are and collects what comes back. */
export async function exchange(port: number, bytes: string | Buffer, options: ExchangeOptions = {}): Promise<Received> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  try {
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    if (options.halfClose) socket.end()
    return await receive(socket, options)
  } finally {
    socket.destroy()
  }
}

/** Collects what comes over a connection. */
export async function receive(socket: Socket, options: ExchangeOptions = {}): Promise<Received> {
  const { answers: wanted = Number.POSITIVE_INFINITY, isHead = () => false, deadlineMs = 5_000 } = options
  let bytes = Buffer.alloc(0)
  let closed = false
  let parsed = parseAnswers(bytes, isHead)
  const collect = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    parsed = parseAnswers(bytes, isHead)
    if (parsed.answers.length >= wanted) socket.emit('enough')
  }
  const markClosed = () => {
    closed = true
    socket.emit('enough')
  }
  socket.on('data', collect).on('end', markClosed).on('error', markClosed).on('close', markClosed)
  const timer = setTimeout(() => socket.emit('enough'), deadlineMs)
  await once(socket, 'enough')
  clearTimeout(timer)
  socket.off('data', collect).off('end', markClosed).off('close', markClosed)
  return { ...parsed, closed }
}

/** Splits bytes into the answers that they are; interim ones (1xx) count as answers of their own. */
export function parseAnswers(
  bytes: Buffer,
  isHead: (index: number) => boolean = () => false,
): { answers: RawAnswer[]; rest: Buffer } {
  const answers: RawAnswer[] = []
  let rest = bytes
  for (;;) {
    const answer = parseAnswer(rest, isHead(answers.filter(({ status }) => status >= 200).length))
    if (!answer) return { answers, rest }
    answers.push(answer.answer)
    rest = rest.subarray(answer.length)
  }
}

function parseAnswer(bytes: Buffer, isHead: boolean): { answer: RawAnswer; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*$/.exec(statusLine)?.[1]
  if (!status) return undefined
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)$/.exec(line)
    if (!field) return undefined
    const [, name = '', value = ''] = field
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value])
  }
  const start = end + 4
  const hasBody = !isHead && Number(status) >= 200 && status !== '204' && status !== '304'
  const length = hasBody ? Number(headers.get('content-length')?.join()) : 0
  if (Number.isNaN(length) || bytes.length < start + length) return undefined
  const body = bytes.toString('utf8', start, start + length)
  return { answer: { status: Number(status), headers, body }, length: start + length }
}
