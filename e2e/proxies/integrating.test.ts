import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findFreePorts, type Ports, withPorts } from '../../examples/support/ports.ts'
import { type Program, startProgram } from '../../examples/support/program.ts'
import { readExample } from '../../examples/support/proxies.ts'
import { PROXIES, type ProxyKind, requireProxy } from '../support/proxy/proxied.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(ROOT, 'docs/integrating.md'), 'utf8')

/** A block of the page, with what the comment before it says of it. */
interface Block {
  readonly kind: string
  readonly of: string
  readonly text: string
}

const blocks: readonly Block[] = [...page.matchAll(/^<!-- (\w+): ([^\n]+) -->\n```\w*\n(.*?)^```$/gms)].map(
  ([, kind = '', of = '', text = '']) => ({ kind, of, text }),
)

describe('docs/integrating.md', () => {
  test('says of every block but those of output and questions where it is from', () => {
    expect(blocks.length).toBeGreaterThan(20)
    expect(blocks.length).toBe(page.match(/^<!-- /gm)?.length)
  })

  test.each(blocks.filter(({ kind }) => kind === 'file'))('shows the whole of $of', async ({ of, text }) => {
    expect(text).toBe(await readExample(of.replace('examples/', '')))
  })

  test.each(blocks.filter(({ kind }) => kind === 'from'))('shows a part of $of as it is', async ({ of, text }) => {
    expect(await readExample(of.replace('examples/', ''))).toContain(text)
  })

  test.each([...page.matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map(([, link = '']) => link))('links to %s', async (link) => {
    expect((await readFile(join(ROOT, 'docs', link))).length).toBeGreaterThan(0)
  })
})

describe.each(PROXIES)('the ten minutes with %s, word for word', (kind) => {
  test('lead to an answer of the API', { timeout: 120_000 }, async (context) => {
    requireProxy(context, kind)
    const reader = await startReader(kind)
    try {
      await reader.keepRunning('countersign', [reader.ports.control, reader.ports.authorize])
      await reader.keepRunning('api', [reader.ports.api])
      await reader.run('copy')
      await reader.setPorts(kind === 'nginx' ? 'data/nginx/countersign.conf' : 'data/caddy/Caddyfile')
      await reader.keepRunning('proxy', [reader.ports.public])
      const keyId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(await reader.run('key'))?.[0]
      expect(keyId).toBeDefined()
      const output = await reader.run('call', (text) => text.replace('…', keyId ?? ''))
      expect(output).toContain('"balance":10000')
      expect(output).toContain(`"key":"${keyId}"`)
      expect(output).toContain('bootstrap')
      expect(reader.outputOf('api')).toContain(`GET /trade-api/v2/portfolio/balance by account`)
    } finally {
      await reader.close()
    }
  })
})

/** Somebody who follows the page in a checkout of his own, at ports that are free. */
interface Reader {
  readonly ports: Ports
  /** Runs a block to its end, and returns what it printed. */
  run(block: string, edit?: (text: string) => string): Promise<string>
  /** Runs a block in a terminal of its own, and waits until it listens. */
  keepRunning(block: string, ports: readonly number[]): Promise<void>
  outputOf(block: string): string
  /** Does in a file what the page says: change the addresses that differ. */
  setPorts(file: string): Promise<void>
  close(): Promise<void>
}

async function startReader(kind: ProxyKind): Promise<Reader> {
  const ports = await findFreePorts()
  const folder = await mkdtemp(join(tmpdir(), 'countersign-reader-'))
  // Workers that nginx starts for root are somebody else.
  await chmod(folder, 0o755)
  await symlink(join(ROOT, 'examples'), join(folder, 'examples'))
  const terminals = new Map<string, Program>()
  const env = {
    HOME: folder,
    COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder, 'countersign.db')}`,
    COUNTERSIGN_PORT: `${ports.control}`,
    COUNTERSIGN_AUTHORIZE_PORT: `${ports.authorize}`,
  }
  const start = (block: string, listensOn: readonly number[], edit = (text: string) => text) => {
    const found = blocks.find(({ kind: sort, of }) => sort === 'run' && of === `${kind} ${block}`)
    if (!found) throw new Error(`the page has no block ${kind} ${block}`)
    const script = withPorts(edit(found.text), ports)
      .replaceAll(/(?<=start\.ts )3000/g, `${ports.api}`)
      .replaceAll('npx countersign', `${process.execPath} ${ROOT}packages/cli/bin/countersign.js`)
      .replaceAll('npx node', process.execPath)
    // One program takes the shell's place, so that ending it ends it.
    const isAlone = listensOn.length > 0
    const args = ['-ec', `cd ${folder}\n${isAlone ? 'exec ' : ''}${script}`]
    return startProgram({ command: 'sh', args, env, listensOn })
  }
  return {
    ports,
    async run(block, edit) {
      const program = await start(block, [], edit)
      const [code] = (await program.ended) as [number]
      if (code !== 0) throw new Error(`${block} ended with ${code}:\n${program.output()}`)
      return program.output()
    },
    async keepRunning(block, listensOn) {
      terminals.set(block, await start(block, listensOn))
    },
    outputOf: (block) => terminals.get(block)?.output() ?? '',
    async setPorts(file) {
      const path = join(folder, file)
      await writeFile(path, withPorts(await readFile(path, 'utf8'), ports))
    },
    async close() {
      for (const program of [...terminals.values()].reverse()) await program.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
