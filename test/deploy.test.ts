import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSettings } from '../packages/server/src/config/read-settings.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (name: string) => readFileSync(`${ROOT}${name}`, 'utf8')

test('deploy/Caddyfile is the recipe of examples/caddy, with several upstreams in turn', () => {
  const withoutHead = (recipe: string) => recipe.slice(recipe.indexOf('\n{\n'))
  const balanced = withoutHead(read('deploy/Caddyfile'))
    .replace(/# Any node answers[^\n]*\n\(in_turn\) \{\n[^}]*\}\n\n/, '')
    .replace(/ \{\n\t+import in_turn\n\t+\}/g, '')
    .replace(/\n\t+import in_turn\n/, '\n')
    .replace(/\{\$\w+:([^}]*)\}/g, '$1')
  expect(balanced).toBe(withoutHead(read('examples/caddy/Caddyfile')))
})

describe('deploy/compose.yaml', () => {
  const { services, networks } = parse(read('deploy/compose.yaml'), { merge: true })

  test.each(['node-1', 'node-2'])('%s has settings that a server accepts, and its files are there', async (name) => {
    const { environment, command, volumes } = services[name]
    expect(volumes).toContain('..:/countersign:ro')
    const here = (text: string) => text.replaceAll('/countersign/', ROOT).replaceAll(/\$\{(\w+):\?\}/g, 'password')
    const env = Object.fromEntries(Object.entries<string>(environment).map(([key, value]) => [key, here(value)]))
    const settings = await readSettings(env, {}, ROOT)
    expect(settings).toMatchObject({
      databaseUrl: 'postgres://postgres:password@postgres/postgres',
      redisUrl: 'redis://redis',
      trustedProxies: [services.caddy.networks.default.ipv4_address],
      authorize: { source: 'caddy' },
    })
    expect(existsSync(`${ROOT}${command.split(' ')[1]}`)).toBe(true)
  })

  test('Caddy asks both nodes at the ports where they listen', () => {
    expect(services.caddy.environment).toMatchObject({
      CONTROL_PLANES: 'node-1:4100 node-2:4100',
      DATA_PLANES: 'node-1:4101 node-2:4101',
    })
    expect(networks.default.ipam.config).toEqual([{ subnet: '172.30.41.0/24' }])
  })

  test('Redis keeps claims: it evicts nothing', () => {
    expect(services.redis.command).toContain('--maxmemory-policy noeviction')
  })
})
