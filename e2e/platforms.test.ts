import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, type TestContext, test } from 'vitest'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('support/platforms/round-trips.ts', import.meta.url))
const { platform, arch } = process

/** Each platform's program is in a package of its own for each kind of machine; no install script is needed. */
const PLATFORMS = {
  node: { program: () => process.execPath, words: [] },
  deno: {
    program: () => fileOf(`@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`, 'deno'),
    words: ['run', '--allow-all', '--no-check'],
  },
  bun: {
    program: () => fileOf(`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`, 'bin/bun'),
    words: ['run'],
  },
} as const

const REFUSED = '401 INCORRECT_API_KEY_SIGNATURE'

test.for(Object.keys(PLATFORMS) as (keyof typeof PLATFORMS)[])(
  'client and fetch adapter run under %s',
  async (name, context) => {
    const { program, words } = PLATFORMS[name]
    const { stdout } = await run(program() ?? missing(context, name), [...words, PROGRAM])
    expect(JSON.parse(stdout)).toEqual(
      Object.fromEntries(
        ['rsa', 'ed25519'].flatMap((keyType) =>
          ['access-headers', 'http-message-signatures'].map((profile) => [
            `${keyType} ${profile}`,
            {
              signedGet: `200 ${profile}`,
              signedPost: `200 ${profile} {"count":1}`,
              getElsewhere: REFUSED,
              postElsewhere: REFUSED,
            },
          ]),
        ),
      ),
    )
  },
)

function fileOf(packageName: string, file: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), file)
  } catch {
    return undefined
  }
}

function missing(context: TestContext, name: string): never {
  const note = `${name} is not installed: npm has no package of it for ${platform}-${arch}`
  if (process.env.CI === 'true') throw new Error(note)
  context.skip(note)
}
