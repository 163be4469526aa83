import { basename } from 'node:path'
import type { ExplainedRule, LoadedTier, RuleTable } from '@countersign/api'
import type { Settings } from '../config/settings.ts'
import type { Tier } from '../config/tier-schema.ts'
import { explainRule, type Needs } from './explain-rule.ts'

/** The rules and usage tiers of the server, with the names of the wire. */
export function describeRules(settings: Settings, loadedAtMs: number): RuleTable {
  const { configFile, mode, defaultCost, rules, tiers } = settings
  return {
    file: configFile && basename(configFile),
    loaded_at: loadedAtMs,
    mode,
    default_cost: defaultCost,
    rules: rules.map(({ minimumProfile, ...row }, i) => ({
      number: i + 1,
      ...row,
      minimum_profile: minimumProfile,
    })),
    tiers: Object.entries(tiers).map(describeTier),
  }
}

/** The result of the rules for a request, with the names of the wire. */
export function describeExplanation(settings: Settings, method: string, target: string): ExplainedRule {
  const explained = explainRule(settings, method, target)
  const { passedOver, rule, needs, refused } = explained
  return {
    passed_over: passedOver.map((row) => ({ ...row })),
    rule,
    public: explained.public,
    needs: needs && describeNeeds(needs),
    refused,
  }
}

function describeNeeds({ minimumProfile, ...needs }: Needs) {
  return { ...needs, minimum_profile: minimumProfile }
}

function describeTier([name, tier]: [string, Tier]): LoadedTier {
  const buckets = Object.entries(tier).map(([bucketName, { capacity, refillRate }]) => ({
    name: bucketName,
    bucket: { bucket_capacity: capacity, refill_rate: refillRate },
  }))
  return { name, buckets }
}
