import {
  createFailureBudget,
  type GateOptions,
  type MessageSignatureOptions,
  type TierBuckets,
} from '@countersign/gate'
import { accessHeaderNames } from '@countersign/protocol'
import type { Settings } from './settings.ts'
import type { Tier } from './tier-schema.ts'

/** How the gates of both planes decide, by configuration. Their ports and rules come from elsewhere. */
export function gateOptions(settings: Settings): Omit<GateOptions, 'keys' | 'admission' | 'rules'> {
  const { windowMs, headerPrefix, publicPrefix, defaultCost, abuse } = settings
  return {
    windowMs,
    defaultCost,
    headerNames: accessHeaderNames(headerPrefix),
    publicPrefix,
    messageSignatures: messageSignatureOptions(settings),
    bucketsOf: bucketsByTier(settings),
    failureBudget: createFailureBudget({
      perAddress: { capacity: abuse.failures, refillPerSecond: abuse.refillPerSecond },
    }),
  }
}

function messageSignatureOptions({ publicUrl, signatureTag }: Settings): MessageSignatureOptions {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl)
  return {
    tag: signatureTag ?? undefined,
    authority: url?.host,
    scheme: url?.protocol === 'https:' ? 'https' : 'http',
  }
}

/** An account whose tier was removed from the configuration must not be locked out: it gets the default tier. */
function bucketsByTier({ tiers, defaultTier }: Settings): (tier: string) => TierBuckets {
  const buckets = new Map(Object.entries(tiers).map(([name, tier]) => [name, toBuckets(tier)]))
  const fallback = buckets.get(defaultTier) ?? {}
  return (tier) => buckets.get(tier) ?? fallback
}

function toBuckets(tier: Tier): TierBuckets {
  const entries = Object.entries(tier).map(([name, { capacity, refillRate }]) => {
    return [name, { capacity, refillPerSecond: refillRate }] as const
  })
  return Object.fromEntries(entries)
}
