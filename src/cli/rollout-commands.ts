import type { Command } from 'commander'
import { listConsistencyGroups } from './consistency-groups.ts'
import { gate } from './gate.ts'
import { admin, count, json, type Handler } from './options.ts'
import { rollback } from './rollback.ts'
import { actOnRollout, freeze, listRollouts, planRollout, showRollout, unfreeze, type ActOptions } from './rollout.ts'

/** What a person may decide about one plan. */
const ACTS = [
  { act: 'start', does: 'let the controller move the units of a plan', isWhole: true },
  { act: 'pause', does: 'hold every forward step of a plan; going back works', isWhole: true },
  { act: 'resume', does: 'go on, and release what was taken back or changed by hand' },
  { act: 'advance', does: 'let units into their next step now' },
  { act: 'rollback', does: 'take units back to where they stood before their step' },
] as const

/** What people do about rollouts: plans, gates, and the way back. */
export function addRolloutCommands(program: Command, action: Handler): void {
  addRollout(program, action)
  program
    .command('gate')
    .description('ask the gates about an operation; exit code 0: they pass, 1: one fails, 3: not known yet')
    .argument('<operation>', 'name or key, for example GetUser or query:GetUser')
    .option('--region <name>', 'only in this region')
    .option('--minutes <count>', 'how far to look back', count, 1_440)
    .addOption(json())
    .addOption(admin())
    .action(action(gate))
  program
    .command('rollback')
    .description('send everything to legacy at once, whatever flags and plans say')
    .option('--all', 'every operation in every region')
    .option('--release', 'end it: the flags decide again')
    .requiredOption('--why <text>', 'reason, for the audit log')
    .option('--by <name>', 'who, for the audit log; default: the name of your account')
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(json())
    .addOption(admin())
    .action(action(rollback))
}

function addRollout(program: Command, action: Handler): void {
  const rollout = program.command('rollout').description('plans: where they are, and what people decide about them')
  const acting = (command: Command): Command =>
    command
      .requiredOption('--why <text>', 'reason, for the audit log')
      .option('--by <name>', 'who, for the audit log; default: the name of your account')
      .option('--dry-run', 'say what would change, and change nothing')
      .addOption(json())
      .addOption(admin())
  rollout.command('list').description('every plan').addOption(json()).addOption(admin()).action(action(listRollouts))
  rollout
    .command('groups')
    .description('operations that share types and so belong together, and the plans that take them apart')
    .addOption(json())
    .addOption(admin())
    .action(action(listConsistencyGroups))
  rollout
    .command('show')
    .description('one plan: its steps, and where each unit is')
    .argument('<plan>', 'name of the plan')
    .addOption(json())
    .addOption(admin())
    .action(action(showRollout))
  rollout
    .command('plan')
    .description('what a plan would do, step by step')
    .argument('<plan>', 'name of the plan')
    .option('--config <file>', 'config file', 'rules/banyan.yaml')
    .option('--replay <length>', 'run it over the evidence that a running Banyan has of the last, for example, 7d')
    .addOption(json())
    .addOption(admin())
    .action(action(planRollout))
  for (const { act, does, ...about } of ACTS) {
    const command = acting(rollout.command(act).description(does)).argument('<plan>', 'name of the plan')
    if (!('isWhole' in about)) command.option('--unit <name>', 'one operation or group only: its key or name')
    command.action(action((plan: string, options: ActOptions) => actOnRollout(act, plan, options)))
  }
  acting(rollout.command('freeze').description('hold every forward step of every plan; going back works')).action(action(freeze))
  acting(rollout.command('unfreeze').description('end a freeze')).action(action(unfreeze))
}
