import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { percentile } from '../../../bench/support/rounds.ts'
import type { AttackedServer } from './attacked-server.ts'
import { callHonestly, describeTimes, type HonestCalls, honestCalls, type Seen } from './honest-caller.ts'
import { IS_FULL } from './length.ts'

/** Who is attacked, as far as every attack is measured. */
export interface Attacked {
  /** Memory that the process holds, in MiB. */
  residentMiB(): Promise<number>
  hasEnded(): boolean
}

/** What an attacker does until it is told to stop. */
export type Attack<Target> = (target: Target, signal: AbortSignal) => Promise<unknown>

/** How long an attack lasts and what it may cost. */
export interface AttackOptions {
  /** What is printed before the figures. */
  readonly name: string
  /** How long the honest caller calls alone and during the attack, in milliseconds. */
  readonly lastsMs: number
  /** What the process may hold more than before, in MiB. */
  readonly growthMiB: number
}

/** The p99 of an honest caller during an attack, of its p99 without one: asserted at full length only, where there are enough calls. */
const SLOWER_AT_MOST = 3

/** Below this a time is as good as any: what the machine does meanwhile is of that size. In milliseconds. */
const QUICK_MS = 50

/** Longest time of one call in a short run: the machine may be busy, and a call that hangs is found all the same. In milliseconds. */
const ANSWERED_WITHIN_MS = 10_000

/**
 * An honest caller calls alone, then during the attack. Asserts what every attack must leave as it is: each of its calls is answered
 * with 200, the memory stays flat, the process lives.
 */
export function runAttack(
  server: AttackedServer,
  attack: Attack<AttackedServer>,
  options: AttackOptions,
): Promise<{ quiet: Seen; attacked: Seen }> {
  return runAttackOn(server, attack, honestCalls(server), options)
}

/** The same on anything, with other calls of the honest caller. */
export async function runAttackOn<Target extends Attacked>(
  target: Target,
  attack: Attack<Target>,
  calls: HonestCalls,
  { name, lastsMs, growthMiB }: AttackOptions,
): Promise<{ quiet: Seen; attacked: Seen }> {
  const quiet = await callHonestly(calls, AbortSignal.timeout(lastsMs))
  const before = await target.residentMiB()

  const stop = new AbortController()
  const memory = watchMemory(target, stop.signal)
  const attacking = attack(target, stop.signal)
  const attacked = await Promise.race([
    callHonestly(calls, AbortSignal.timeout(lastsMs)),
    // An attack that fails by itself proves nothing.
    attacking.then(() => Promise.reject(new Error('the attack ended by itself'))),
  ])
  stop.abort()
  await attacking
  const peak = Math.max(...(await memory))

  console.log(`${name}: resident ${before} MiB before, ${peak} at most`)
  console.log(describeTimes('  quiet', quiet))
  console.log(describeTimes('  under attack', attacked))
  expect(target.hasEnded()).toBe(false)
  expect([...quiet.refused, ...attacked.refused]).toEqual([])
  expect(peak - before).toBeLessThan(growthMiB)
  for (const call of Object.keys(calls)) expectQuick(quiet.times[call] ?? [], attacked.times[call] ?? [], call)
  return { quiet, attacked }
}

function expectQuick(quiet: readonly number[], attacked: readonly number[], call: string): void {
  expect(attacked.length).toBeGreaterThan(0)
  expect(Math.max(...attacked)).toBeLessThan(ANSWERED_WITHIN_MS)
  if (!IS_FULL) return
  const allowed = Math.max(QUICK_MS, SLOWER_AT_MOST * percentile(quiet, 0.99))
  expect(percentile(attacked, 0.99), `p99 of ${call}`).toBeLessThanOrEqual(allowed)
}

async function watchMemory(target: Attacked, signal: AbortSignal): Promise<number[]> {
  const seen = [await target.residentMiB()]
  while (!signal.aborted) {
    await sleep(100)
    seen.push(await target.residentMiB())
  }
  return seen
}
