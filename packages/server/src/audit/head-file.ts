import { open } from 'node:fs/promises'
import { type AuditHead, encodeBase64, type PublicKey, parseAuditHead, verifyAuditHead } from '@countersign/protocol'

/** How many bytes at the end of the file are searched for the last head; a head has some 400. */
const TAIL_BYTES = 64 * 1024

/** Adds a head to the file as one line, on the disk when the promise resolves. */
export async function appendHead(file: string, head: AuditHead): Promise<void> {
  const handle = await open(file, 'a', 0o600)
  try {
    await handle.appendFile(`${JSON.stringify(head)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The last head in the file that this key signed, for any deployment; `undefined` if there is none, or no file. */
export async function readLastHead(file: string, { spki }: PublicKey): Promise<AuditHead | undefined> {
  for (const line of (await readTail(file)).split('\n').reverse()) {
    const head = parseAuditHead(line)
    if (head?.public_key === encodeBase64(spki) && (await verifyAuditHead(head))) return head
  }
  return undefined
}

async function readTail(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      const length = Math.min(size, TAIL_BYTES)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
