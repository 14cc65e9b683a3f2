import { rulingOn, type Ruling } from '../rules/accept.ts'
import { Holding } from '../rules/holding.ts'
import type { Circumstances, Held } from '../rules/match.ts'
import type { Rulebook } from '../rules/rulebook.ts'
import type { TransformContext } from '../rules/transform.ts'
import { createCanonical, type Canonical } from './canonical.ts'
import { CLASSES, SEVERITY, type Comparison, type Difference, type DifferenceClass } from './comparison.ts'
import { JUDGING, type Effort } from './effort.ts'
import type { Finding } from './finding.ts'
import { member, type Json } from './json.ts'
import { writeJson } from './json-text.ts'
import type { Path } from './path.ts'
import type { Places } from './places.ts'
import { relationOf } from './relation.ts'
import { shapeOf, typeOf } from './shape.ts'
import type { ListRule } from './walk.ts'

/** Longest value text that a difference carries, in characters. */
const VALUE_LENGTH = 200

/** The class says already how the values relate. */
const UNRELATED: ReadonlySet<DifferenceClass> = new Set(['format', 'precision'])

/** The part of an error that a difference is about. */
const SUBJECTS: Readonly<Partial<Record<DifferenceClass, (fault: Json | undefined) => Json | undefined>>> = {
  'error-text': (fault) => member(fault, 'message'),
  'error-code': (fault) => member(member(fault, 'extensions'), 'code'),
  'error-path': (fault) => member(fault, 'path'),
}

interface Judgement {
  readonly finding: Finding
  /** What a rule said of it. */
  readonly ruling?: Ruling
}

/** Applies the rules to the findings of one pair, and keeps as many as a comparison holds: the worst ones, all of them counted. */
export class Judge {
  readonly #rulebook: Rulebook
  readonly #context: TransformContext
  readonly #places: Places
  readonly #holding: Holding
  /** Differences kept of each class. */
  readonly #limit: number
  readonly #effort: Effort
  readonly #open = new Map<DifferenceClass, Judgement[]>()
  /** Those that a rule made harmless; shown last. */
  readonly #lowered: Judgement[] = []
  readonly #accepted: Judgement[] = []
  readonly #suppressions = new Map<string, number>()
  #isRaised = false
  #total = 0
  #suppressed = 0

  constructor(
    rulebook: Rulebook,
    places: Places,
    circumstances: Circumstances & { readonly session?: string },
    { differences, effort }: { readonly differences: number; readonly effort: Effort },
  ) {
    this.#rulebook = rulebook
    this.#context = rulebook.open(circumstances.session)
    this.#places = places
    this.#holding = new Holding(rulebook.rules, circumstances, effort)
    this.#limit = differences
    this.#effort = effort
  }

  /** Differences found so far, accepted ones too. */
  get found(): number {
    return this.#total + this.#suppressed
  }

  /** Takes a finding; tells whether it stays open. */
  report(finding: Finding): boolean {
    this.#effort.spend(1)
    const ruling = this.#rulebook.rules.length === 0 ? undefined : this.#rulingOn(finding)
    if (ruling !== undefined && ruling.severity === undefined) {
      this.#accept(finding, ruling.rule)
      return false
    }
    this.#total += 1
    this.#keep(ruling === undefined ? { finding } : { finding, ruling })
    return true
  }

  /** How the list at a path is to be compared, where a rule says so. */
  listRule(path: Path): ListRule | undefined {
    if (this.#rulebook.rules.length === 0) return undefined
    const rule = this.#heldAt(path, 'list-order').find(({ name }) => name === 'unordered' || name === 'sort')?.rule
    if (rule === undefined) return undefined
    const { unordered, sort } = rule.do
    const keys = sort?.by ?? (typeof unordered === 'object' ? unordered.key : [])
    const key = (typeof keys === 'string' ? [keys] : keys).map((path) => path.split('.'))
    return { key, isSorted: unordered === undefined, accept: (finding) => this.#accept(finding, rule.id) }
  }

  /** What rules make of the elements of lists; nothing where they make nothing of them. */
  canonical(): Canonical | undefined {
    return this.#rulebook.hasTransforms ? createCanonical((path) => this.#heldAt(path, 'value'), this.#context) : undefined
  }

  conclude(reason?: string): Comparison {
    const open = [...CLASSES.toReversed().flatMap((name) => this.#open.get(name) ?? []), ...this.#lowered]
    const isNormalised = this.#accepted.length > 0 || this.#lowered.length > 0
    const worst = CLASSES.findLast((name) => this.#open.has(name)) ?? (isNormalised ? 'normalised' : 'identical')
    const severity = SEVERITY[worst]
    return {
      class: worst,
      verdict: severity === 'excluded' ? 'inconclusive' : severity === 'block' || this.#isRaised ? 'mismatch' : 'match',
      differences: open.slice(0, this.#limit).map((judgement) => this.#difference(judgement)),
      total: this.#total,
      suppressed: this.#accepted.map((judgement) => this.#difference(judgement)),
      suppressions: [...this.#suppressions].map(([rule, count]) => ({ rule, count })),
      ...(reason === undefined ? {} : { reason }),
    }
  }

  /** Ends before everything was looked at. What was found stands, for nothing behind it could take it back; where it was nothing that blocks, nobody knows. */
  stop(reason: string): Comparison {
    const known = this.conclude(reason)
    if (known.verdict === 'mismatch') return { ...known, total: known.total + 1 }
    this.#keep({ finding: { class: 'inconclusive', kind: 'bounds', path: [] } })
    this.#total += 1
    return this.conclude(reason)
  }

  #rulingOn(finding: Finding): Ruling | undefined {
    this.#effort.spend(JUDGING)
    const place = this.#places.place(finding.path, finding.class, finding.kind)
    const held = this.#holding.at(place)
    if (held.length === 0) return undefined
    const subject = SUBJECTS[finding.class] ?? ((json) => json)
    const isElement = typeof finding.path.at(-1) === 'number'
    const [legacy, candidate] = [subject(finding.legacy), subject(finding.candidate)]
    return rulingOn(held, { class: finding.class, legacy, candidate, isElement, isInside: place.isInside === true }, this.#context)
  }

  #heldAt(path: Path, name: DifferenceClass): readonly Held[] {
    this.#effort.spend(JUDGING)
    return this.#holding.at(this.#places.place(path, name))
  }

  #keep(judgement: Judgement): void {
    const { finding, ruling } = judgement
    if (ruling?.severity === 'warn') {
      this.#count(ruling.rule)
      if (this.#lowered.length < this.#limit) this.#lowered.push(judgement)
      return
    }
    this.#isRaised ||= ruling?.severity === 'block'
    const known = this.#open.get(finding.class)
    if (known === undefined) this.#open.set(finding.class, [judgement])
    else if (known.length < this.#limit) known.push(judgement)
  }

  #accept(finding: Finding, rule: string): void {
    this.#suppressed += 1
    this.#count(rule)
    if (this.#accepted.length < this.#limit) this.#accepted.push({ finding, ruling: { rule } })
  }

  #count(rule: string): void {
    this.#suppressions.set(rule, (this.#suppressions.get(rule) ?? 0) + 1)
  }

  #difference({ finding, ruling }: Judgement): Difference {
    const detail = finding.detail?.()
    const relation = detail?.relation ?? (UNRELATED.has(finding.class) ? undefined : relationOf(finding.legacy, finding.candidate))
    return {
      class: finding.class,
      kind: finding.kind,
      ...this.#places.label(finding.path),
      legacy: sideOf(finding.legacy, this.#safe(finding, detail?.shapes.legacy)),
      candidate: sideOf(finding.candidate, this.#safe(finding, detail?.shapes.candidate)),
      ...(relation === undefined ? {} : { relation }),
      ...ruling,
    }
  }

  /** The shape of an error holds words of its text. */
  #safe(finding: Finding, shape: string | undefined): string | undefined {
    return shape !== undefined && finding.class.startsWith('error-') ? this.#places.hide(shape) : shape
  }
}

function sideOf(json: Json | undefined, shape: string = shapeOf(json)): Difference['legacy'] {
  return { type: typeOf(json), shape, ...(json === undefined ? {} : { value: writeJson(json, VALUE_LENGTH) }) }
}
