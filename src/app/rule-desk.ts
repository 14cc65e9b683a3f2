import type { RuleStanding, RuleView, TrialRequest, TrialView } from '../admin/rule-views.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { formatProblem } from '../config/problem.ts'
import { lintRules } from '../config/rule-lint.ts'
import { readRuleText, type ReadRules } from '../config/rules.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import { vocabularyOf, type Vocabulary } from '../core/comparison/vocabulary.ts'
import { WINDOW_MS } from '../core/evidence/evidence.ts'
import { inForce, isExpired } from '../core/rules/expiry.ts'
import { canSuppress } from '../core/rules/action.ts'
import { totalOf, tryRules, type Trial } from '../core/rules/trial.ts'
import type { Rule } from '../core/rules/rule.ts'
import { BanyanError } from '../errors.ts'
import type { EvidenceStore } from '../storage/store.ts'
import type { RulesInForce } from './rules-in-force.ts'

/** Groups that a trial looks at, most frequent first: what is rarer says little, and all their examples would fill the memory. */
const MAX_GROUPS = 500

/** What the admin API says of rules. */
export class RuleDesk {
  #loaded: LoadedConfig
  readonly #evidence: EvidenceStore
  readonly #inForce: RulesInForce
  #stale: RuleStanding['stale']

  constructor(loaded: LoadedConfig, evidence: EvidenceStore, inForce: RulesInForce) {
    this.#loaded = loaded
    this.#inForce = inForce
    this.#evidence = evidence
  }

  replace(rules: LoadedConfig['rules']): void {
    this.#loaded = { ...this.#loaded, rules }
    this.#inForce.replace(rules)
  }

  /** What is wrong with the files as they are now; nothing where the rules are theirs. */
  complain(problems: readonly string[]): void {
    this.#stale = problems.length === 0 ? undefined : { since: this.#stale?.since ?? Date.now(), problems }
  }

  get standing(): RuleStanding {
    const { version, rules } = this.#inForce.judging
    const expired = this.#loaded.rules.filter((rule) => !rules.includes(rule)).map(({ id }) => id)
    return { version, inForce: rules.length, expired, ...(this.#stale === undefined ? {} : { stale: this.#stale }) }
  }

  /** Every rule in the order of its file, packs first, with what it suppressed in the last minutes (RU-5). */
  async views(minutes: number): Promise<readonly RuleView[]> {
    const to = Date.now()
    const counted = await this.#evidence.suppressed({ from: to - minutes * 60_000 - WINDOW_MS, to })
    const today = new Date(to).toISOString().slice(0, 10)
    return this.#loaded.rules.map((rule) => {
      const { count = 0, lastWindow } = counted.find((one) => one.rule === rule.id) ?? {}
      return {
        ...rule,
        do: { ...rule.do },
        expired: isExpired(rule, today),
        suppressed: count,
        idle: count === 0 && !isExpired(rule, today) && !this.#isOfPack(rule) && canSuppress(rule.do),
        ...(lastWindow === undefined ? {} : { lastSuppressed: lastWindow }),
      }
    })
  }

  /**
   * Applies rules to what is stored, as if they were saved; one of a known name takes its place.
   * @throws BanyanError BAD_USAGE with every mistake in the text, UNKNOWN_GROUP
   */
  async try({ text, group }: TrialRequest): Promise<TrialView> {
    const read = readRuleText('rule', text)
    if (read.problems.length > 0)
      throw new BanyanError('BAD_USAGE', read.problems.map(formatProblem).join('\n'), 'docs/rules.md explains rules')
    const today = new Date().toISOString().slice(0, 10)
    const ids = new Set(read.rules.map(({ id }) => id))
    const others = inForce(this.#loaded.rules, today).filter(({ id }) => !ids.has(id))
    const vocabularies = [this.#vocabulary('legacy'), this.#vocabulary('candidate')]
    const groups = await this.#evidence.groups({ limit: MAX_GROUPS })
    if (group !== undefined && !groups.some(({ id }) => id === group)) throw new BanyanError('UNKNOWN_GROUP', `no group ${group}`)
    const trial = tryRules({ tried: inForce(read.rules, today), others, groups, vocabularies })
    return { rules: [...ids], ...about(group, trial), warnings: this.#warnings(read, vocabularies, today) }
  }

  /** A pack is made for many schemas: what it has to do in this one is no matter. */
  #isOfPack({ id }: Rule): boolean {
    return this.#loaded.config.packs.some((pack) => id.startsWith(`${pack}/`))
  }

  #vocabulary(origin: 'legacy' | 'candidate'): Vocabulary | undefined {
    const sdl = this.#loaded.schemas[origin]
    const schema = sdl === undefined ? undefined : readSchema(sdl)
    return schema !== undefined && 'schema' in schema ? vocabularyOf(schema.schema) : undefined
  }

  #warnings({ entries }: ReadRules, vocabularies: readonly (Vocabulary | undefined)[], today: string): readonly string[] {
    const known = vocabularies.filter((vocabulary) => vocabulary !== undefined)
    return lintRules(entries, { vocabularies: known, today }).map(formatProblem)
  }
}

/** The sums of the group that somebody asked for, and what else would be hidden. */
function about(group: string | undefined, trial: Trial): Trial & Pick<TrialView, 'also'> {
  const accepting = trial.groups.filter(({ accepted }) => accepted > 0)
  if (group === undefined) return { ...trial, also: accepting.slice(1) }
  const asked = trial.groups.filter(({ id }) => id === group)
  return { ...totalOf(asked), groups: trial.groups, also: accepting.filter(({ id }) => id !== group) }
}
