import type { Readable, Writable } from 'node:stream'

/** Asks a yes-or-no question; no if it was cancelled. */
export async function confirm(question: string, input: Readable, output: Writable): Promise<boolean> {
  const prompts = await import('@clack/prompts')
  return (await prompts.confirm({ message: question, initialValue: false, input, output })) === true
}

/** Asks for a line of text; `undefined` if it was cancelled. */
export async function ask(question: string, input: Readable, output: Writable): Promise<string | undefined> {
  const prompts = await import('@clack/prompts')
  const answer = await prompts.text({ message: question, input, output })
  return prompts.isCancel(answer) ? undefined : answer
}
