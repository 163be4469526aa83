import { runExample } from '../support/run-example.ts'

await runExample('nginx', process.argv.slice(2))
