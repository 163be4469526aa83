import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const CONFIG = `
basePath: /v1
rules:
  - {match: POST /orders, scope: write::trade, cost: 20, query: refuse}
  - {match: "GET /markets/**"}
  - {match: "GET /portfolio/*", scope: read, minimumProfile: http-message-signatures}
  - {match: PUT /one, cost: 1, replay: "off"}
`

/** A run of `config …` with the real server package, in a folder with one configuration file. */
async function config(argv: string[], file: string | undefined = CONFIG, io: TestIo = {}) {
  const folder = await testFolder()
  const path = join(folder, 'countersign.config.yaml')
  if (file !== '') await writeFile(path, file)
  const loadServer = () => import('@countersign/server')
  const outcome = await runIn(folder, ['config', ...argv], { loadServer, baseFolder: folder, ...io })
  return { ...outcome, folder, path }
}

describe('config check', () => {
  test('tells what was found', async () => {
    const { code, stdout, stderr, path } = await config(['check'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      [
        '● The configuration can be used',
        `  file       ${path}`,
        '  base path  /v1',
        '  rules      4',
        '  tiers      basic, advanced, expert, premier, paragon, prime, prestige (default: basic)',
        '',
      ].join('\n'),
    )
  })

  test('tells that all is as it is by default', async () => {
    const { code, stdout, folder } = await config(['check'], '')
    expect(code).toBe(0)
    expect(stdout).toContain(`file       none in ${folder}: all is as it is by default\n`)
    expect(stdout).toContain('rules      none: GET and HEAD need read, all else write\n')
  })

  test('names every problem, of the file and of the environment', async () => {
    const env = { COUNTERSIGN_PROT: '1' }
    const { code, stdout, stderr } = await config(['check'], 'mode: "\u202e"\nrules: [{match: GET a}]\n', { env })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toBe(
      [
        '✕ The configuration cannot be used: 3 problems',
        '  COUNTERSIGN_PROT: unknown variable, nearest known: COUNTERSIGN_PORT',
        '  countersign.config.yaml:1: mode: found "\\u{202e}", allowed: enforce, observe',
        '  countersign.config.yaml:2: rules[0].match: "GET a" must be a method and a path, as in "GET /orders/*"',
        '',
      ].join('\n'),
    )
  })

  test('counts one problem as one', async () => {
    expect((await config(['check'], 'mode: x')).stdout).toMatch(/^✕ The configuration cannot be used: 1 problem\n/)
  })

  test('reads the file that is named', async () => {
    const { code, stdout } = await config(['check', '--config', '/nowhere/a.yaml'])
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: '✕ The configuration cannot be used: 1 problem\n  /nowhere/a.yaml: there is no such file\n',
    })
  })

  test('answers scripts with one document', async () => {
    const good = await config(['check', '--json'])
    expect(good.code).toBe(0)
    expect(JSON.parse(good.stdout)).toMatchObject({
      valid: true,
      file: good.path,
      base_path: '/v1',
      rules: 4,
      default_tier: 'basic',
    })
    const bad = await config(['check', '--json'], 'mode: x')
    expect(bad.code).toBe(1)
    expect(JSON.parse(bad.stdout)).toEqual({
      valid: false,
      problems: ['countersign.config.yaml:1: mode: found "x", allowed: enforce, observe'],
    })
  })
})

describe('config explain', () => {
  test.each([
    [
      ['GET', '/v1/portfolio/a?x=1'],
      '● Rule 3  GET /portfolio/*   scope read · 10 tokens from read · replay off · profile http-message-signatures or stronger\n' +
        '  rules 1 to 2 passed over: method and path differ, path differs\n',
    ],
    [
      ['put', '/v1/one'],
      '● Rule 4  PUT /one   any scope · 1 token from write · replay off\n' +
        '  rules 1 to 3 passed over: method and path differ, method and path differ, method and path differ\n',
    ],
    [['POST', '/v1/orders'], '● Rule 1  POST /orders   scope write::trade · 20 tokens from write · replay on\n'],
    [['POST', '/v1/orders?x'], '✕ Rule 1  POST /orders   refused, 403 route_not_allowed: this route takes no query\n'],
    [
      ['DELETE', '/v1/orders'],
      '✕ No rule matches: refused, 403 route_not_allowed\n' +
        '  rules 1 to 4 passed over: method differs, method and path differ, method and path differ, method and path differ\n',
    ],
    [
      ['GET', '/markets/a'],
      '✕ No rule matches: refused, 403 route_not_allowed\n' +
        '  rules 1 to 4 passed over: method and path differ, path differs, path differs, method and path differ\n' +
        '  rules apply to paths below /v1, except rules with under: root\n',
    ],
    [['GET', '/v1/a%2fb'], '✕ Refused before any rule: target_not_canonical, it contains %2f\n'],
    [['GET', 'a\u001b'], '✕ Refused before any rule: target_not_canonical, it does not begin with /\n'],
  ])('%j', async (argv, report) => {
    const { code, stdout, stderr, path } = await config(['explain', ...argv])
    expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: `${report}  file  ${path}\n` })
  })

  test('tells a public rule as such, and whose query it refuses', async () => {
    const file = 'basePath: ""\nrules: [{match: GET /status, public: true, query: refuse}]'
    expect((await config(['explain', 'GET', '/status'], file)).stdout).toMatch(
      /^● Rule 1 {2}GET \/status {3}public: no signature is asked for\n {2}file/,
    )
    const refused = '✕ Rule 1  GET /status   refused, 403 route_not_allowed: this route takes no query\n'
    expect((await config(['explain', 'GET', '/status?x'], file)).stdout).toContain(refused)
    const { stdout } = await config(['explain', 'GET', '/status', '--json'], file)
    expect(JSON.parse(stdout)).toMatchObject({ rule: { number: 1 }, public: true })
    expect(JSON.parse(stdout)).not.toHaveProperty('needs')
  })

  test('tells the default rules as such', async () => {
    expect((await config(['explain', 'GET', '/x'], '')).stdout).toBe(
      '● Default rule  GET and HEAD need read, all else write   scope read · 10 tokens from read · replay off\n',
    )
  })

  test('counts reasons where they are many', async () => {
    const rows = Array.from({ length: 9 }, (_, i) => `  - match: ${i < 2 ? 'POST' : 'GET'} /a${i}\n`)
    const { stdout } = await config(['explain', 'GET', '/x'], `basePath: ""\nrules:\n${rows.join('')}`)
    expect(stdout).toContain('  rules 1 to 9 passed over: method and path differ (2), path differs (7)\n')
    const one = await config(['explain', 'GET', '/x'], 'basePath: ""\nrules: [{match: GET /a}]')
    expect(one.stdout).toContain('  rule 1 passed over: path differs\n')
  })

  test('answers scripts with one document', async () => {
    const { stdout, path } = await config(['explain', 'GET', '/v1/portfolio/a', '--json'])
    expect(JSON.parse(stdout)).toEqual({
      method: 'GET',
      target: '/v1/portfolio/a',
      file: path,
      rule: { number: 3, match: 'GET /portfolio/*' },
      passed_over: [
        { number: 1, match: 'POST /orders', why: 'method and path differ' },
        { number: 2, match: 'GET /markets/**', why: 'path differs' },
      ],
      needs: {
        scope: 'read',
        cost: 10,
        bucket: 'read',
        replay: 'off',
        minimum_profile: 'http-message-signatures',
      },
    })
    expect(JSON.parse((await config(['explain', 'GET', '/v1/x', '--json'])).stdout)).toMatchObject({
      refused: { status: 403, code: 'route_not_allowed' },
    })
  })

  test('does not explain a configuration that cannot be used', async () => {
    const { code, stdout, stderr } = await config(['explain', 'GET', '/x'], 'mode: x\nwindowMs: 1\n')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: 2 settings cannot be used\n {2}1 {4}countersign\.config\.yaml:1: mode: /)
    expect(stderr).toContain('\n  fix  countersign config check\n')
  })
})
