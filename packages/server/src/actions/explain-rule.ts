import { checkTarget, compileMatch, defaultBucket, defaultRules, type Rule, segmentsOf } from '@countersign/gate'
import { type Profile, pathOf, REFUSALS } from '@countersign/protocol'
import type { Settings } from '../config/settings.ts'

/** The result of the rules for a request, without its signature. */
export interface RuleExplanation {
  readonly method: string
  /** Path and query, as a client would send them. */
  readonly target: string
  /** The configuration file of the rules; absent if there is none. */
  readonly file?: string
  /** The rules that did not match, in order. */
  readonly passedOver: readonly PassedOver[]
  /** The rule that matches; absent if none does, and for the default rules. */
  readonly rule?: NumberedRule
  /** Whether the rule needs no signature. */
  readonly public?: true
  /** What the request needs; absent if it is refused or the rule is public. */
  readonly needs?: Needs
  /** Why the request is refused for every key. */
  readonly refused?: RuleRefusal
}

/** A rule by its place in the configuration. */
export interface NumberedRule {
  /** From 1. */
  readonly number: number
  readonly match: string
}

/** A rule that did not match, and why. */
export interface PassedOver extends NumberedRule {
  readonly why: 'method differs' | 'path differs' | 'method and path differ'
}

/** What a request needs, defaults included. */
export interface Needs {
  /** Absent if any key may call. */
  readonly scope?: string
  /** Tokens, and the bucket that they are taken from. */
  readonly cost: number
  readonly bucket: string
  /**
   * Whether its signature counts once only. `strict`: the signature alone, whatever the body is. WebSocket upgrades
   * count once even if it is `off` for their method, unless their rule itself says `off`.
   */
  readonly replay: 'off' | 'on' | 'strict'
  /** Absent if any profile is accepted. */
  readonly minimumProfile?: Profile
}

/** A refusal by the rules, as it is sent. */
export interface RuleRefusal {
  readonly status: number
  readonly code: string
  readonly details?: string
}

const COUNTS_EVERY_TIME: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** Returns the rule for a request, and what it requires. */
export function explainRule(settings: Settings, method: string, target: string): RuleExplanation {
  const { rules, basePath, publicPrefix, configFile } = settings
  const request = { method, target, file: configFile }
  const unclear = checkTarget({ method, target })
  if (unclear) return { ...request, passedOver: [], refused: refusal(unclear.denied, unclear.details) }

  const sent = pathOf(target)
  // Rules use the path without the prefix that an outer proxy removes.
  const path = sent.startsWith(`${publicPrefix}/`) ? sent.slice(publicPrefix.length) : sent
  if (rules.length === 0) {
    return { ...request, passedOver: [], needs: needsOf(defaultRules(method, path) ?? {}, method, settings) }
  }
  const segments = segmentsOf(path)
  const found = rules.findIndex((row) => compileMatch(row, basePath)(method, segments))
  const passedOver = rules.slice(0, found === -1 ? undefined : found).map((row, i): PassedOver => {
    const [rowMethod = '', rowPath = ''] = row.match.split(' ')
    const hasPath = compileMatch({ ...row, match: `* ${rowPath}` }, basePath)(method, segments)
    const hasMethod = rowMethod === '*' || rowMethod === method || (rowMethod === 'GET' && method === 'HEAD')
    const why = hasPath ? 'method differs' : hasMethod ? 'path differs' : 'method and path differ'
    return { number: i + 1, match: row.match, why }
  })
  const row = rules[found]
  if (!row) return { ...request, passedOver, refused: refusal('route_not_allowed') }
  const explained = { ...request, passedOver, rule: { number: found + 1, match: row.match } }
  if (row.query === 'refuse' && target.includes('?')) {
    return { ...explained, refused: refusal('route_not_allowed', 'this route takes no query') }
  }
  if (row.public) return { ...explained, public: true }
  return { ...explained, needs: needsOf(row, method, settings) }
}

function needsOf(rule: Rule, method: string, { defaultCost }: Settings): Needs {
  const { scope, minimumProfile, cost = defaultCost, bucket = defaultBucket(method) } = rule
  return {
    scope,
    cost,
    bucket,
    replay: replayOf(rule, method),
    minimumProfile,
  }
}

function replayOf({ replay }: Rule, method: string): Needs['replay'] {
  if (replay === 'off' || (replay !== 'all' && COUNTS_EVERY_TIME.includes(method))) return 'off'
  return replay === undefined ? 'on' : 'strict'
}

function refusal(name: keyof typeof REFUSALS, details?: string): RuleRefusal {
  const { status, code } = REFUSALS[name]
  return { status, code, details }
}
