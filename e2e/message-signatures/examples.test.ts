import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { newPublicKey } from '../support/given-key.ts'
import { type Bootstrapped, bootstrapKey } from '../support/key-holder.ts'
import { requireTool } from '../support/require-tool.ts'
import type { World } from '../support/world.ts'
import { startMessageWorld } from './support/message-world.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EXAMPLES = join(ROOT, 'examples', 'signing')
const KEYS = '/trade-api/v2/api_keys'
const WHOAMI = '/trade-api/v2/whoami'
/** A toolkit compiles the example, and at the first time on a machine its own library. */
const SLOW_MS = 300_000

/** A toolkit: how it runs an example, and the Debian packages that bring it. */
interface Toolkit {
  /** As the example says. */
  readonly command: readonly string[]
  readonly tools: readonly (readonly [name: string, packageName: string])[]
  /** Compiles an example once into a folder, where each run would do so again; answers with what runs it then. */
  readonly compile?: (file: string, folder: string) => Promise<readonly string[]>
}

const TOOLKITS: Readonly<Record<string, Toolkit>> = {
  typescript: { command: [process.execPath], tools: [] },
  python: { command: ['python3'], tools: [['python3', 'python3-cryptography']] },
  go: {
    command: ['go', 'run'],
    tools: [['go', 'golang-go']],
    async compile(file, folder) {
      const program = join(folder, basename(file, '.go'))
      await run('go', ['build', '-o', program, file], { env: environment() })
      return [program]
    },
  },
  java: {
    command: ['java'],
    tools: [['javac', 'default-jdk-headless']],
    async compile(file, folder) {
      await run('javac', ['-d', folder, file], { env: environment() })
      return ['java', '-cp', folder, basename(file, '.java')]
    },
  },
  shell: {
    command: ['sh'],
    tools: [
      ['curl', 'curl'],
      ['openssl', 'openssl'],
    ],
  },
}

/** What toolkits need: Go nothing but its standard library, compiled once for all runs. */
function environment(): Record<string, string | undefined> {
  const GOCACHE = join(ROOT, 'node_modules', '.cache', 'go-build')
  return { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: tmpdir(), CGO_ENABLED: '0', GO111MODULE: 'off', GOCACHE }
}

const FILES = globSync('*/*.{ts,py,go,java,sh}', { cwd: EXAMPLES }).sort()

describe('the examples', () => {
  let world: World
  let folder: string
  const programs = new Map<string, Promise<readonly string[]>>()
  const keys: Record<string, Bootstrapped & { readonly file: string }> = {}

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-examples-'))
    world = await startMessageWorld('sqlite')
    for (const keyType of ['ed25519', 'rsa'] as const) {
      const key = await bootstrapKey(world.server.databaseUrl, `examples ${keyType}`, keyType)
      const file = join(folder, `${keyType}.pem`)
      await writeFile(file, key.pem, { mode: 0o600 })
      keys[keyType] = { ...key, file }
    }
  })
  afterAll(async () => {
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('are there in five languages, for both profiles', () => {
    expect(FILES).toEqual([
      'go/access_headers.go',
      'go/message_signatures.go',
      'java/AccessHeaders.java',
      'java/MessageSignatures.java',
      'python/access_headers.py',
      'python/message_signatures.py',
      'shell/access-headers.sh',
      'shell/message-signatures.sh',
      'typescript/access-headers.ts',
      'typescript/message-signatures.ts',
      'typescript/with-client.ts',
    ])
  })

  const cases = FILES.flatMap((file) => ['ed25519', 'rsa'].map((keyType) => ({ file, keyType })))
  test.for(cases)('$file signs with a key of the type $keyType', { timeout: SLOW_MS }, async (given, context) => {
    const { file, keyType } = given
    const toolkit = await toolkitOf(file, context)
    const command = (await compiled(file, toolkit)) ?? [...toolkit.command, join(EXAMPLES, file)]
    const example = exampleWith(command, keyType)
    const keyId = keys[keyType]?.keyId ?? 'no key'

    // The one call that RFC 9421 alone is good for, where that is what the example signs by.
    const target = file.toLowerCase().includes('access') ? KEYS : WHOAMI
    expect(await example('GET', `${target}?limit=5&cursor=a%2Fb`)).toMatchObject({ code: 0, output: containing(keyId) })
    const body = JSON.stringify({ name: `größer ${file}`, public_key: newPublicKey() })
    const made = await example('POST', `${KEYS}?a=b`, body)
    expect(made).toMatchObject({ code: 0, output: containing('201') })
    const { api_key_id: id } = JSON.parse(/\{.*\}/.exec(made.output)?.[0] ?? '{}')
    expect(await example('DELETE', `${KEYS}/${id}`)).toMatchObject({ code: 0, output: containing('204') })
  })

  test.for(FILES)(
    "%s, run as it says, is refused and fails with another key's id",
    { timeout: SLOW_MS },
    async (file, context) => {
      const { command } = await toolkitOf(file, context)
      const example = exampleWith([...command, join(EXAMPLES, file)], 'ed25519', keys.rsa?.keyId)
      const { code, output } = await example('GET', KEYS)
      expect(output).toContain('INCORRECT_API_KEY_SIGNATURE')
      expect(code).toBeGreaterThan(0)
    },
  )

  /** How the example is run; the test is skipped where its toolkit is missing. */
  async function toolkitOf(file: string, context: TestContext): Promise<Toolkit> {
    const toolkit = TOOLKITS[file.split('/')[0] ?? '']
    if (!toolkit) throw new Error(`no toolkit for ${file}`)
    for (const [name, packageName] of toolkit.tools) requireTool(context, name, packageName)
    return file.endsWith('.py') ? { ...toolkit, command: [await findPython(context)] } : toolkit
  }

  function compiled(file: string, { compile }: Toolkit): Promise<readonly string[]> | undefined {
    const command = programs.get(file) ?? compile?.(join(EXAMPLES, file), folder)
    if (command) programs.set(file, command)
    return command
  }

  function exampleWith([program = '', ...options]: readonly string[], keyType: string, keyId = keys[keyType]?.keyId) {
    const key = { COUNTERSIGN_KEY_ID: keyId, COUNTERSIGN_KEY_FILE: keys[keyType]?.file }
    return async (method: string, target: string, ...body: string[]): Promise<{ code: number; output: string }> => {
      const argv = [...options, method, world.server.url + target, ...body]
      try {
        const { stdout } = await run(program, argv, { env: { ...environment(), ...key } })
        return { code: 0, output: stdout }
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
        return { code, output: stdout + stderr }
      }
    }
  }
})

function containing(text: string): unknown {
  return expect.stringContaining(text)
}

/** A Python that has the module, the system's where another one comes first on the path; otherwise as `requireTool`. */
async function findPython(context: TestContext): Promise<string> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const isFit = await run(python, ['-c', 'import cryptography']).catch(() => undefined)
    if (isFit) return python
  }
  const note = 'python3 has no cryptography: install the package python3-cryptography'
  if (process.env.CI === 'true') throw new Error(note)
  return context.skip(note)
}

describe('docs/signing.md', () => {
  const text = readFileSync(join(ROOT, 'docs', 'signing.md'), 'utf8')
  const shown = [...text.matchAll(/\]\(\.\.\/examples\/signing\/([^)]+)\)\n\n```\w+\n([\s\S]*?)```\n/g)]

  test('shows every example once', () => {
    expect(shown.map(([, file]) => file).sort()).toEqual(FILES)
  })

  test.each(shown.map(([, file = '', code]) => [file, code]))('shows %s as it is', (file, code) => {
    expect(code).toBe(readFileSync(join(EXAMPLES, file), 'utf8'))
  })
})
