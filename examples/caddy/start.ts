import { runExample } from '../support/run-example.ts'

await runExample('caddy', process.argv.slice(2))
