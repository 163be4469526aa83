/** The most bytes of a refusal's body that are read. */
export const MAX_REFUSAL_BYTES = 64 * 1024

/** The text of a body, or `undefined` if it has more than `maxBytes`. In that case the rest is not read. */
export async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.length
    if (size > maxBytes) {
      // Not awaited: cancelling a clone ends only when the answer itself was read.
      reader.cancel().catch(() => undefined)
      return undefined
    }
    text += decoder.decode(chunk.value, { stream: true })
  }
  return text + decoder.decode()
}
