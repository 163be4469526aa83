import { createProviderApi } from '../support/provider-api.ts'

const port = Number(process.argv[2] ?? 3000)
const print = (line: string) => void process.stdout.write(`${line}\n`)

createProviderApi(print).listen({ host: '127.0.0.1', port }, () => print(`An API listens on http://127.0.0.1:${port}`))
