/** A server-sent event as it came. Its id is the last one that the stream named. */
export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** Characters of one event, at most. */
const MAX_EVENT_CHARACTERS = 64 * 1024

/**
 * The events of a stream of the type `text/event-stream` (HTML standard, "Server-sent events"), in the subset that
 * Countersign writes: lines end with a line feed and begin with `event`, `id` or `data`. An event without its end does
 * not count.
 *
 * @throws Error if an event has no end within 64 Ki characters, and whatever reading throws
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  let id = ''
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const blocks = (text + chunk.value).split('\n\n')
      text = blocks.pop() ?? ''
      if (text.length > MAX_EVENT_CHARACTERS) throw new Error('an event has no end')
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map(toField))
        id = fields.id ?? id
        yield { event: fields.event ?? 'message', id, data: fields.data ?? '' }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function toField(line: string): [string, string] {
  const colon = line.indexOf(':')
  return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}
