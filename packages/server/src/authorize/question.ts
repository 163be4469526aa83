import { IncomingMessage } from 'node:http'
import { rawHeader } from '@countersign/gate/node'

/** The headers that node:http's server itself reads in `headers` if it does not require Host. */
const READ_BY_NODE = ['expect', 'content-length', 'transfer-encoding'] as const

/**
 * A request whose `headers` hold only what node:http's server reads. The data plane reads `rawHeaders`. An object of
 * all headers would cost as much as several steps of the gate.
 */
export class Question extends IncomingMessage {}

Object.defineProperty(Question.prototype, 'headers', {
  get(this: IncomingMessage): Readonly<Record<string, string>> {
    let headers = NONE
    for (const name of READ_BY_NODE) {
      const value = rawHeader(this.rawHeaders, name)
      if (value !== undefined) headers = { ...headers, [name]: String(value) }
    }
    return headers
  },
})

const NONE: Readonly<Record<string, string>> = {}
