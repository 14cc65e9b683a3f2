import { Option, type Command } from 'commander'
import { TRIAGE_STATES, type TriageState } from '../core/triage/triage.ts'
import { listGroups, showGroup, triageGroup, type TriageOptions } from './groups.ts'
import { admin, count, json, type Handler } from './options.ts'

/** Commands that decide about a group, and what each makes of it. */
const DECISIONS: readonly (readonly [command: string, state: TriageState, description: string])[] = [
  ['accept', 'accepted', 'both sides are right: its differences count no more until a day that you name'],
  ['fixed', 'fixed', 'it was mended; it opens by itself when it is seen again in a newer build'],
  ['not-verifiable', 'not-verifiable', 'legacy disagrees with itself there too often to tell'],
  ['reopen', 'open', 'take back what was decided'],
]

/** What people do about groups of differences. */
export function addGroupCommands(program: Command, action: Handler): void {
  const groups = program.command('groups').description('groups of differences: what they are, and what was decided about them')
  groups
    .command('list')
    .description('groups, worst first')
    .addOption(new Option('--state <state>', 'only groups of which this was decided').choices([...TRIAGE_STATES]))
    .option('--region <name>', 'only this region')
    .option('--limit <count>', 'greatest number of groups', count, 50)
    .addOption(json())
    .addOption(admin())
    .action(action(listGroups))
  groups
    .command('show')
    .description('one group with its examples, its trend and the rule that it suggests')
    .argument('<group>', 'id of the group, or its beginning')
    .addOption(json())
    .addOption(admin())
    .action(action(showGroup))
  for (const [name, state, description] of DECISIONS) {
    const command = groups
      .command(name)
      .description(description)
      .argument('<group>', 'id of the group, or its beginning')
      .requiredOption('--why <text>', 'reason, for the audit log')
      .option('--by <name>', 'who, for the audit log; default: the name of your account')
    if (state === 'accepted')
      command.requiredOption('--owner <name>', 'who answers for it').requiredOption('--expires <day>', 'last day, as YYYY-MM-DD')
    if (state === 'fixed') command.option('--build <name>', 'build of the candidate that holds the fix')
    command
      .option('--dry-run', 'say what would be decided, and decide nothing')
      .addOption(json())
      .addOption(admin())
      .action(action((group: string, options: TriageOptions) => triageGroup(state, group, options)))
  }
}
