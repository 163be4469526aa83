import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository if the program runs from a checkout, otherwise the working folder. */
export async function findBaseFolder(cwd: string): Promise<string> {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  return (await isWorkspace(root)) ? resolve(root) : cwd
}

async function isWorkspace(folder: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(resolve(folder, 'package.json'), 'utf8'))
    return typeof manifest === 'object' && manifest !== null && 'name' in manifest
      ? manifest.name === 'countersign-workspace'
      : false
  } catch {
    return false
  }
}
