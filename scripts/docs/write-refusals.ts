import { readFile, writeFile } from 'node:fs/promises'
import { withRefusalTable } from './refusal-table.ts'

const page = new URL('../../docs/wire.md', import.meta.url)
await writeFile(page, withRefusalTable(await readFile(page, 'utf8')))
