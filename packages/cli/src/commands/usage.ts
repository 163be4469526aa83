import type { AccountUsage, DeploymentUsage, KeyUsage, UsageQuery } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { Option } from 'commander'
import { usageError } from '../cli-error.ts'
import type { CliCommand } from '../command-line.ts'
import { connect, type SignedConnection } from '../connect.ts'
import { checkIdPrefix, findKeyByPrefix } from '../find-key.ts'
import type { Io } from '../io.ts'
import { parseDuration } from '../option-values.ts'
import type { ConnectionOptions } from '../settings.ts'
import { SHORT_ID_LENGTH } from '../short-id.ts'
import { addSigningOptions, requireMessageSignatures } from '../signing-options.ts'
import { type OutputOptions, openTerminal } from '../terminal/terminal.ts'
import { renderUsage } from '../terminal/usage-chart.ts'

type Step = KeyUsage['step']

interface UsageOptions extends ConnectionOptions, OutputOptions {
  /** Milliseconds. */
  readonly last: number
  readonly step?: Step
  readonly account?: string
  readonly all?: true
}

const STEPS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
/** The longest time that is drawn in steps of a minute, and of an hour, if no step is named. */
const MOST_IN = { minute: 90 * STEPS.minute, hour: 3 * STEPS.day } as const
const MOST_STEPS = 1_500

/** `usage [ID]`: how many requests there were, drawn over time. */
export function addUsageCommand(parent: CliCommand, io: Io): void {
  addSigningOptions(parent.command('usage'))
    .description('how many requests a key signed, or all keys of the account, over time')
    .argument(
      '[id]',
      `key id, or a unique prefix of ${SHORT_ID_LENGTH} characters or more; the whole account where absent`,
    )
    .addOption(
      new Option('--last <time>', 'how far back: 90m, 24h, 7d').argParser(parseDuration).default(STEPS.day, '24h'),
    )
    .addOption(new Option('--step <step>', 'how long each line is (by how far back)').choices(Object.keys(STEPS)))
    .option('--account <id>', 'usage of this account, for operators')
    .option('--all', 'usage of the whole deployment, for operators')
    .action(async (id: string | undefined, _: unknown, command: CliCommand) =>
      showUsage(id, command.optsWithGlobals(), io),
    )
}

async function showUsage(id: string | undefined, options: UsageOptions, io: Io): Promise<void> {
  if ([id, options.account, options.all].filter((said) => said !== undefined).length > 1) {
    throw usageError('a key id, --account and --all cannot be given together', 'choose one of them')
  }
  if (id !== undefined) checkIdPrefix(id)
  const query = readQuery(options, io.now())
  const terminal = openTerminal(io, options)
  const connection = await connect(requireMessageSignatures(options), io)
  const { title, usage } = await fetchUsage(connection, id, options, query)
  if (terminal.json) terminal.printJson(usage)
  else if (isEmpty(usage)) terminal.note('No requests in this time. Counts are complete up to a second ago.\n')
  else terminal.print(renderUsage(title, usage, terminal))
  if (usage.from < usage.kept_from) {
    terminal.note(
      `Counts by the ${usage.step} before ${new Date(usage.kept_from).toISOString()} were deleted by age.\n`,
    )
  }
}

async function fetchUsage(
  { client, call }: SignedConnection,
  id: string | undefined,
  { account, all }: UsageOptions,
  query: UsageQuery,
): Promise<{ readonly title: string; readonly usage: KeyUsage | AccountUsage | DeploymentUsage }> {
  if (id !== undefined) {
    const key = findKeyByPrefix(id, await client.listKeys())
    return { title: key.name, usage: await client.getKeyUsage(key.api_key_id, query) }
  }
  if (account === undefined && !all) {
    return { title: 'All keys of the account', usage: await client.getAccountUsage(query) }
  }
  if (account === undefined)
    return { title: 'The whole deployment', usage: await call(calls.getDeploymentUsage, { query }) }
  const { name } = await call(calls.getAccount, { params: { account } })
  return { title: name, usage: await call(calls.getDeploymentUsage, { query: { ...query, account_id: account } }) }
}

/** Whole steps up to the present one. */
function readQuery({ last, step = stepFor(last) }: UsageOptions, nowMs: number): UsageQuery {
  const count = Math.max(1, Math.ceil(last / STEPS[step]))
  if (count > MOST_STEPS) {
    throw usageError(
      `--last is more than ${MOST_STEPS} steps of a ${step}`,
      'choose a longer --step, or less of --last',
    )
  }
  const to = nowMs - (nowMs % STEPS[step]) + STEPS[step]
  return { step, from: String(Math.max(0, to - count * STEPS[step])), to: String(to) }
}

function stepFor(last: number): Step {
  return last <= MOST_IN.minute ? 'minute' : last <= MOST_IN.hour ? 'hour' : 'day'
}

function isEmpty({ total }: KeyUsage | AccountUsage | DeploymentUsage): boolean {
  return total.allowed + total.refused + total.limited + total.fault === 0
}
