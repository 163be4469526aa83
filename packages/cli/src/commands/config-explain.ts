import type { CliCommand } from '../command-line.ts'
import type { Io } from '../io.ts'
import type { LoadedSettings, RuleExplanation } from '../server-module.ts'
import { labelled, type OutputOptions, openTerminal, type Terminal } from '../terminal/terminal.ts'
import { escapeUntrusted } from '../terminal/untrusted.ts'

interface ExplainOptions extends OutputOptions {
  readonly config?: string
}

/** The most reasons that are listed; further ones are counted. */
const MAX_REASONS = 8

/** `config explain` */
export function addConfigExplainCommand(parent: CliCommand, io: Io): void {
  parent
    .command('explain')
    .description('say which rule a request comes under, and what it needs')
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'as clients send it: with the base path, and the query where there is one')
    .option('--config <file>', 'configuration file (COUNTERSIGN_CONFIG, else countersign.config.*)')
    .action(async (method: string, path: string, _: unknown, command: CliCommand) =>
      explain(method.toUpperCase(), path, command.optsWithGlobals(), io),
    )
}

async function explain(method: string, path: string, { config, ...options }: ExplainOptions, io: Io): Promise<void> {
  const terminal = openTerminal(io, options)
  const server = await io.loadServer()
  const settings = await server.readSettings(io.env, { config }, io.baseFolder)
  const explained = server.explainRule(settings, method, path)
  if (terminal.json) terminal.printJson(toJson(explained))
  else terminal.print(reportOf(explained, settings, terminal))
}

function reportOf(explained: RuleExplanation, settings: LoadedSettings, { style }: Terminal): string {
  const { file, passedOver, refused } = explained
  const outcome = outcomeOf(explained)
  return [
    `${refused ? style.signs.bad : style.signs.good} ${style.bold(escapeUntrusted(headingOf(explained)))}`,
    outcome === '' ? '' : `   ${escapeUntrusted(outcome)}`,
    '\n',
    passedOver.length > 0 ? `  ${passedOverText(passedOver)}\n` : '',
    isOutsideBasePath(explained, settings) ? hintOf(settings) : '',
    file === undefined ? '' : labelled([['file', escapeUntrusted(file)]]),
  ].join('')
}

function headingOf({ rule, refused, needs, passedOver }: RuleExplanation): string {
  if (rule) return `Rule ${rule.number}  ${rule.match}`
  if (needs) return 'Default rule  GET and HEAD need read, all else write'
  const { status, code, details } = refused ?? { status: 403, code: 'route_not_allowed' }
  if (passedOver.length > 0) return `No rule matches: refused, ${status} ${code}`
  return `Refused before any rule: ${code}${details === undefined ? '' : `, ${details}`}`
}

function outcomeOf({ rule, needs, refused, public: isPublic }: RuleExplanation): string {
  if (isPublic) return 'public: no signature is asked for'
  if (needs) {
    const { scope, cost, bucket, replay, minimumProfile } = needs
    const parts = [
      scope === undefined ? 'any scope' : `scope ${scope}`,
      `${cost} ${cost === 1 ? 'token' : 'tokens'} from ${bucket}`,
      `replay ${replay}`,
    ]
    if (minimumProfile !== undefined) parts.push(`profile ${minimumProfile} or stronger`)
    return parts.join(' · ')
  }
  if (!rule || !refused) return ''
  return `refused, ${refused.status} ${refused.code}${refused.details === undefined ? '' : `: ${refused.details}`}`
}

/** `rules 1 to 3 passed over: method differs, path differs, path differs` */
function passedOverText(passedOver: RuleExplanation['passedOver']): string {
  const reasons = passedOver.map(({ why }) => why)
  const which = passedOver.length === 1 ? 'rule 1' : `rules 1 to ${passedOver.length}`
  if (reasons.length <= MAX_REASONS) return `${which} passed over: ${reasons.join(', ')}`
  const counts = [...new Set(reasons)].map((why) => `${why} (${reasons.filter((each) => each === why).length})`)
  return `${which} passed over: ${counts.join(', ')}`
}

/** Whether no rule matches, perhaps because the base path is missing. */
function isOutsideBasePath({ target, rule, passedOver }: RuleExplanation, settings: LoadedSettings): boolean {
  const { publicPrefix, basePath } = settings
  const isBelow = [basePath, publicPrefix + basePath].some((path) => target.startsWith(`${path}/`))
  return !rule && passedOver.length > 0 && !isBelow
}

function hintOf({ basePath }: LoadedSettings): string {
  return `  rules apply to paths below ${basePath}, except rules with under: root\n`
}

function toJson({ passedOver, needs, ...explained }: RuleExplanation): object {
  if (!needs) return { ...explained, passed_over: passedOver }
  const { minimumProfile, ...others } = needs
  return { ...explained, passed_over: passedOver, needs: { ...others, minimum_profile: minimumProfile } }
}
