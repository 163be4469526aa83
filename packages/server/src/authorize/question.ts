import { IncomingMessage } from 'node:http'
import { rawHeader } from '@countersign/gate/node'

/** What node:http's own server looks up in `headers`, where a Host header is not asked for. */
const READ_BY_NODE = ['expect', 'content-length', 'transfer-encoding'] as const

/**
 * A request whose `headers` hold only what node:http's server reads there. The data plane reads `rawHeaders`, and gathering
 * all of them in an object for node:http's sake costs as much as several steps of the gate.
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
