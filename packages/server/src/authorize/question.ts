import { IncomingMessage } from 'node:http'
import { rawHeader } from '@countersign/gate/node'

/** What node:http's own server looks up in `headers`, where a Host header is not asked for. */
const READ_BY_NODE: ReadonlySet<string> = new Set(['expect', 'content-length', 'transfer-encoding'])
const LENGTHS: ReadonlySet<number> = new Set([...READ_BY_NODE].map((name) => name.length))

/**
 * A request whose `headers` hold only what node:http's server reads there. The data plane reads `rawHeaders`, and gathering
 * all of them in an object for node:http's sake costs as much as several steps of the gate.
 */
export class Question extends IncomingMessage {}

Object.defineProperty(Question.prototype, 'headers', {
  get(this: IncomingMessage): Readonly<Record<string, string>> {
    const { rawHeaders } = this
    let headers = NONE
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const given = rawHeaders[i] ?? ''
      const name = LENGTHS.has(given.length) ? given.toLowerCase() : ''
      if (READ_BY_NODE.has(name)) headers = { ...headers, [name]: String(rawHeader(rawHeaders, name)) }
    }
    return headers
  },
})

const NONE: Readonly<Record<string, string>> = {}
