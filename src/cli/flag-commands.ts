import { Option, type Command } from 'commander'
import { STAGES } from '../core/routing/stage.ts'
import { exportFlags, importFlags, lintFlags, removeSegment } from './flag-files.ts'
import { auditFlags, listFlags, setFlag } from './flags.ts'
import { admin, count, json, percent, type Handler } from './options.ts'

/** Seeing and changing where operations stand. */
export function addFlagCommands(program: Command, action: Handler): void {
  const flags = program.command('flags').description('see and change where operations stand')
  flags.command('list').description('what the flags say').addOption(json()).addOption(admin()).action(action(listFlags))
  flags
    .command('audit')
    .description('who changed what, and why')
    .option('--limit <count>', 'newest changes', count, 20)
    .option('--plan <name>', 'only of this plan and its units')
    .addOption(json())
    .addOption(admin())
    .action(action(auditFlags))
  flags
    .command('set')
    .description('set the stage of an operation')
    .argument('<operation>', 'name or key, for example GetUser or query:GetUser')
    .option('--region <name>', 'only in this region')
    .addOption(new Option('--stage <stage>', 'where it shall stand').choices([...STAGES]).makeOptionMandatory())
    .option('--percent <number>', 'share of subjects that get the stage', percent, 100)
    .addOption(new Option('--rest <stage>', 'stage of the other subjects; default: where it stood without a flag').choices([...STAGES]))
    .requiredOption('--why <text>', 'reason, for the audit log')
    .option('--by <name>', 'who, for the audit log; default: the name of your account')
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(json())
    .addOption(admin())
    .action(action(setFlag))
  flags
    .command('lint')
    .description('what the flags do that nobody can have meant; exit code 1 where there is something')
    .addOption(json())
    .addOption(admin())
    .action(action(lintFlags))
  flags
    .command('export')
    .description('print every flag')
    .addOption(new Option('--format <form>', 'in whose form').choices(['launchdarkly']).default('launchdarkly'))
    .addOption(admin())
    .action(action(exportFlags))
  flags
    .command('import')
    .description('take over flags from a file of that form')
    .argument('<file>', "JSON in LaunchDarkly's SDK model: { flags: { … }, segments: { … } }")
    .requiredOption('--why <text>', 'reason, for the audit log')
    .option('--by <name>', 'who, for the audit log; default: the name of your account')
    .option('--if-unchanged', 'refuse what is not at the version that the file says, as `flags export` wrote it')
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(json())
    .addOption(admin())
    .action(action(importFlags))
  flags
    .command('remove-segment')
    .description('take a segment out that no flag asks for')
    .argument('<key>', 'of the segment')
    .requiredOption('--why <text>', 'reason, for the audit log')
    .option('--by <name>', 'who, for the audit log; default: the name of your account')
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(json())
    .addOption(admin())
    .action(action(removeSegment))
}
