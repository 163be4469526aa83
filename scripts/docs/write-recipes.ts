import { readFile, writeFile } from 'node:fs/promises'
import { RECIPES, withFiles, withSegments } from './recipes.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, root), 'utf8')
const write = (path: string, text: string) => writeFile(new URL(path, root), text)

for (const recipe of RECIPES) await write(`examples/${recipe}`, withSegments(await read(`examples/${recipe}`)))
await write('docs/integrating.md', await withFiles(withSegments(await read('docs/integrating.md')), read))
