import type { Command } from 'commander'
import { admin, count, json, type Handler } from './options.ts'
import { endReveal, listReveals, startReveal } from './reveals.ts'

/** Keeping values in examples for a while. */
export function addRevealCommands(program: Command, action: Handler): void {
  const reveals = program
    .command('reveals')
    .description('keep the values at named places for a while, where examples show shapes otherwise')
  reveals
    .command('list')
    .description('who revealed what, until when, and when it is removed')
    .addOption(json())
    .addOption(admin())
    .action(action(listReveals))
  reveals
    .command('start')
    .description('keep values in examples from now on')
    .argument('<coordinate...>', 'places: Country.name, or Country.* for all of a type that does not look personal')
    .requiredOption('--minutes <count>', 'how long, at most 1440; what was kept is removed a day later', count)
    .option('--operation <pattern>', 'only in these operations, for example query:GetCountry')
    .option('--region <name>', 'only in this region')
    .requiredOption('--why <text>', 'reason, for the audit log')
    .option('--by <name>', 'who, for the audit log; default: the name of your account')
    .addOption(json())
    .addOption(admin())
    .action(action(startReveal))
  reveals
    .command('end')
    .description('keep no more values under it')
    .argument('<reveal>', 'its id')
    .option('--forget', 'also remove at once what was kept')
    .requiredOption('--why <text>', 'reason, for the audit log')
    .option('--by <name>', 'who, for the audit log; default: the name of your account')
    .addOption(json())
    .addOption(admin())
    .action(action(endReveal))
}
