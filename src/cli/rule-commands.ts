import type { Command } from 'commander'
import { admin, count, json, type Handler } from './options.ts'
import { listRules, tryRule } from './rules.ts'

const WEEK_MINUTES = 10_080

/** Seeing rules, and trying one before it is saved. */
export function addRuleCommands(program: Command, action: Handler): void {
  const rules = program.command('rules').description('see rules about comparing, and try one before it is saved')
  rules
    .command('list')
    .description('rules with what each suppressed')
    .option('--minutes <count>', 'how far to look back', count, WEEK_MINUTES)
    .addOption(json())
    .addOption(admin())
    .action(action(listRules))
  rules
    .command('try')
    .description('which stored differences a rule would accept, and what else it would hide; changes nothing')
    .requiredOption('--rule <file>', 'file with one rule, or a file of rules')
    .option('--group <id>', 'group of differences that the rule is written for')
    .addOption(json())
    .addOption(admin())
    .action(action(tryRule))
}
