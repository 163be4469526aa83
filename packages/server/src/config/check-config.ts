import { Type } from 'typebox'
import { checkRules } from './check-rules.ts'
import { type Config, ConfigSchema, type FileSettings, withDefaults } from './config-schema.ts'
import { originOf } from './origin-of.ts'
import type { Report } from './path-text.ts'
import { readValue } from './read-value.ts'
import type { Settings } from './settings.ts'

/** Rules need scopes, tiers and costs first. */
const WithUnreadRules = Type.Object({ ...ConfigSchema.properties, rules: Type.Optional(Type.Unknown()) })

/** The values of a configuration as plain data. All problems are reported. */
export function checkConfig(raw: unknown, report: Report): Config {
  const broken = new Set<unknown>()
  const given = readValue(WithUnreadRules, raw, [], (path, problem) => {
    broken.add(path[0])
    report(path, problem)
  })
  const { $schema, rules: unreadRules, ...values } = { ...(given as Config) }
  const sound = Object.fromEntries(Object.entries(values).filter(([key]) => !broken.has(key)))
  const config: Config = 'publicUrl' in sound ? { ...sound, publicUrl: originOf(sound.publicUrl) } : sound
  const settings = withDefaults(config)

  /** The value in force; `undefined` if it is broken, so that one mistake is reported once. */
  function effective<Key extends keyof FileSettings>(key: Key): FileSettings[Key] | undefined {
    return broken.has(key) ? undefined : settings[key]
  }

  const scopes = effective('scopes')
  const tiers = effective('tiers')
  const defaultCost = effective('defaultCost')
  if (scopes) checkScopes(scopes, report)
  if (tiers) {
    checkTierName('defaultTier', effective('defaultTier'), tiers, report)
    checkTierName('ownPublicKeyTier', effective('ownPublicKeyTier'), tiers, report)
    if (defaultCost !== undefined) checkDefaultCost(defaultCost, tiers, report)
  }
  if (unreadRules === undefined) return config
  const rules = checkRules(unreadRules, { scopes, tiers, defaultCost, basePath: effective('basePath') }, report)
  return { ...config, rules }
}

/** This server's own calls need `read` and `write`. A child counts by its parent. */
function checkScopes(scopes: readonly string[], report: Report): void {
  for (const needed of ['read', 'write']) {
    if (!scopes.includes(needed)) report(['scopes'], `"${needed}" is missing: managing keys needs it`)
  }
  for (const [i, scope] of scopes.entries()) {
    const [parent = ''] = scope.split('::')
    if (scopes.indexOf(scope) !== i) report(['scopes', i], `"${scope}" is listed twice`)
    if (parent === 'admin' || parent === 'gate') {
      report(['scopes', i], `"${scope}": ${parent} is kept for operators and cannot be given to keys`)
    } else if (!scopes.includes(parent)) {
      report(['scopes', i], `"${scope}" needs its parent "${parent}" in the list`)
    }
  }
}

function checkTierName(key: string, name: string | undefined, tiers: Settings['tiers'], report: Report): void {
  if (name === undefined || Object.hasOwn(tiers, name)) return
  report([key], `found "${name}", allowed: a name of tiers: ${Object.keys(tiers).join(', ')}`)
}

function checkDefaultCost(cost: number, tiers: Settings['tiers'], report: Report): void {
  const capacity = Math.min(...Object.values(tiers).flatMap(({ read, write }) => [read.capacity, write.capacity]))
  if (cost <= capacity) return
  report(['defaultCost'], `found ${cost}, allowed: 0 to ${capacity}, the smallest capacity of read and write`)
}
