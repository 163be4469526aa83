import { once } from 'node:events'
import { connect } from 'node:net'

/** What came back, as far as it can be read. */
export interface RawAnswer {
  /** Of the first answer; 0 where there is none. */
  readonly status: number
  /** All bytes, one character each. */
  readonly text: string
}

/** Sends bytes, one for each character, as they are, and collects what comes back until the other side closes. */
export async function sendRaw(port: number, bytes: string): Promise<RawAnswer> {
  const socket = connect({ host: '127.0.0.1', port })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => socket.destroy())
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString('latin1')
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0), text }
}
