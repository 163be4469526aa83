import type { AdmissionRequest } from '@countersign/gate'

/**
 * Whether a claim must be counted towards its account's share. It need not be if a bucket of the account's tier gives out no
 * more than the share within the life of a claim: then nothing more can live.
 */
export function isCounted({ claim, charges }: AdmissionRequest, shareOfClaims: number): boolean {
  if (!claim) return false
  const lifeSeconds = (claim.untilMs - claim.signedAtMs) / 1000
  return !charges.some(
    ({ isOfKey, cost, capacity, refillPerSecond }) =>
      !isOfKey && cost > 0 && (capacity + refillPerSecond * lifeSeconds) / cost <= shareOfClaims,
  )
}
