import type { Rule } from '../core/rules/rule.ts'
import type { Problem } from './problem.ts'
import { defaultRules } from './rule-defaults.ts'
import { RuleEntry, RulesFile } from './rule-schema.ts'
import { ruleProblems } from './rule-problems.ts'
import { YamlFile } from './yaml-file.ts'

/** A rule with the place in its file, for those who find something wrong with it later. */
export interface RuleInFile {
  readonly rule: Rule
  readonly yaml: YamlFile
  /** Keys of its place in the file. */
  readonly place: readonly (string | number)[]
}

export interface ReadRules {
  /** Rules of the defaults first. */
  readonly rules: readonly Rule[]
  readonly entries: readonly RuleInFile[]
  readonly problems: readonly Problem[]
}

/** Reads one file of rules. Expired ones are among them. */
export function readRules(file: string, text: string): ReadRules {
  const yaml = new YamlFile(file, text)
  const decoded = yaml.decode(RulesFile)
  if ('problems' in decoded) return { rules: [], entries: [], problems: decoded.problems }
  const written = decoded.value.rules as readonly Rule[] // the schema's output, with `undefined` for absent members
  const entries = written.map((rule, index) => ({ rule, yaml, place: ['rules', index] }))
  return {
    rules: [...defaultRules(file, decoded.value.defaults), ...written],
    entries,
    problems: entries.flatMap(ruleProblems),
  }
}

/** Reads a file of rules, or one rule by itself: what an operator has before it is saved. */
export function readRuleText(file: string, text: string): ReadRules {
  // What names its version is a whole file, and its mistakes are told as those of one.
  if (/^\s*[{"']?\s*["']?(version|rules|defaults)["']?\s*:/m.test(text)) return readRules(file, text)
  const yaml = new YamlFile(file, text)
  const decoded = yaml.decode(RuleEntry)
  if ('problems' in decoded) return { rules: [], entries: [], problems: decoded.problems }
  const rule = decoded.value as Rule // the schema's output, with `undefined` for absent members
  const entry = { rule, yaml, place: [] }
  return { rules: [rule], entries: [entry], problems: ruleProblems(entry) }
}
