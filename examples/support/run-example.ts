import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootstrap } from '@countersign/server'
import { findFreePorts, type Ports, STATED_PORTS } from './ports.ts'
import { startProgram } from './program.ts'
import { createProviderApi } from './provider-api.ts'
import { type ProxyKind, startProxy } from './proxies.ts'

const COUNTERSIGN = fileURLToPath(new URL('../../packages/cli/bin/countersign.js', import.meta.url))
const BALANCE = '/trade-api/v2/portfolio/balance'

/**
 * Runs Countersign, an API and a proxy before both, with a demo account and key, until Ctrl-C. Everything is kept in a
 * folder that goes at the end.
 *
 * @param argv `--free-ports` uses ports that are free instead of 8080, 4100, 4101 and 3000
 */
export async function runExample(kind: ProxyKind, argv: readonly string[]): Promise<void> {
  const unknown = argv.find((word) => word !== '--free-ports')
  if (unknown !== undefined) throw new TypeError(`unknown option ${unknown}; there is --free-ports`)
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const ports = argv.includes('--free-ports') ? await findFreePorts() : STATED_PORTS
  const folder = await mkdtemp(join(tmpdir(), 'countersign-example-'))
  const started: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  try {
    const databaseUrl = `sqlite:${join(folder, 'countersign.db')}`
    const { apiKey } = await bootstrap({ databaseUrl, accountName: 'demo' })
    const keyFile = join(folder, 'demo.pem')
    await writeFile(keyFile, apiKey.privateKey, { mode: 0o600 })

    const countersign = await startProgram({
      command: process.execPath,
      args: [COUNTERSIGN, 'serve'],
      env: {
        COUNTERSIGN_CONFIG: fileURLToPath(new URL(`../${kind}/countersign.config.ts`, import.meta.url)),
        COUNTERSIGN_DATABASE_URL: databaseUrl,
        COUNTERSIGN_PORT: `${ports.control}`,
        COUNTERSIGN_AUTHORIZE_PORT: `${ports.authorize}`,
      },
      listensOn: [ports.control, ports.authorize],
    })
    started.push(countersign.stop)
    const api = createProviderApi(print)
    api.listen({ host: '127.0.0.1', port: ports.api })
    await once(api, 'listening')
    started.push(async () => api.close().closeAllConnections())
    const proxy = await startProxy(kind, { ports })
    started.push(proxy.stop)

    print(greeting(kind, ports, apiKey.apiKeyId, keyFile))
    const over = (name: string) => (): Promise<never> => Promise.reject(new Error(`${name} ended by itself`))
    await Promise.race([stopped, countersign.ended.then(over('Countersign')), proxy.ended.then(over(kind))])
  } finally {
    for (const stop of started.reverse()) await stop()
  }
}

function greeting(kind: ProxyKind, ports: Ports, keyId: string, keyFile: string): string {
  const url = `http://127.0.0.1:${ports.public}`
  const key = `--key-id ${keyId} --key-file ${keyFile}`
  return [
    `${kind} listens on ${url}, with Countersign and an API behind it. Ctrl-C stops everything.`,
    '',
    'In another terminal:',
    `  npx countersign sign GET ${BALANCE} --url ${url} ${key} | curl -sS -H @- ${url}${BALANCE}`,
    `  npx countersign keys list --url ${url} ${key}`,
    '',
    'Who called the API:',
  ].join('\n')
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
