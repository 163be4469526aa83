import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { whyRefused } from './why-refused.ts'

await writeFile(fileURLToPath(new URL('../../docs/why-refused.md', import.meta.url)), whyRefused())
