import { homedir } from 'node:os'
import { findBaseFolder } from './base-folder.ts'
import type { Sink } from './io.ts'
import { run } from './run.ts'
import { ask, confirm } from './terminal/prompts.ts'

// The only reader of `process` in this package.
const interruption = new AbortController()
process.once('SIGINT', () => interruption.abort())

// A reader that closed its end (`| head`) needs no more output.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  platform: process.platform,
  stdin: { isTTY: process.stdin.isTTY ?? false, read: readStdin },
  stdout: sinkOf(process.stdout),
  stderr: sinkOf(process.stderr),
  fetch: globalThis.fetch,
  now: Date.now,
  interrupted: interruption.signal,
  confirm: (question) => confirm(question, process.stdin, process.stderr),
  ask: (question) => ask(question, process.stdin, process.stderr),
  loadServer: () => import('@countersign/server'),
  baseFolder: await findBaseFolder(process.cwd()),
})

function sinkOf(stream: NodeJS.WriteStream): Sink {
  return {
    isTTY: stream.isTTY ?? false,
    get columns() {
      return stream.columns
    },
    write: (text) => {
      stream.write(text)
    },
  }
}

async function readStdin(): Promise<string> {
  const stop = () => process.stdin.destroy(new Error('interrupted'))
  interruption.signal.addEventListener('abort', stop)
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  interruption.signal.removeEventListener('abort', stop)
  return text
}
