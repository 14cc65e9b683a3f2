import { REST_COORDINATE } from '../comparison/rest-places.ts'
import type { Group, GroupIdentity } from '../comparison/group.ts'

/** A rule that would accept a group, ready to be put into a file of rules. */
export interface Suggestion {
  /** What the rule says of the two sides, in words. */
  readonly because: string
  /** YAML of one entry of `rules:`. */
  readonly yaml: string
}

export interface RuleText {
  readonly why: string
  readonly owner: string
  /** `YYYY-MM-DD`. */
  readonly expires: string
}

/** What is left for a person to fill in. */
const BLANK: RuleText = { why: 'write why both are right', owner: 'write who answers for it', expires: 'YYYY-MM-DD' }

interface Cure {
  readonly because: string
  /** YAML of the action, in one line. */
  readonly action: (group: GroupIdentity) => string
}

/** What accepts each relation and nothing else (section 8 of the semantics). */
const BY_RELATION: Readonly<Record<string, Cure>> = {
  'same-instant': {
    because: 'both are the same instant, written in two ways',
    action: ({ legacyShape, candidateShape }) => `{ timestamp: { precision: ${precisionOf(`${legacyShape} ${candidateShape}`)} } }`,
  },
  'numerically-equal': { because: 'both are the same number, written in two ways', action: () => '{ numericString: true }' },
  'equal-ignoring-case': { because: 'both are equal but for upper and lower case', action: () => '{ case: true }' },
  'equal-ignoring-space': {
    because: 'both are equal but for white space',
    action: () => String.raw`{ regex: { match: "\\s+", replace: " " } }`,
  },
  'nfc-equal': { because: 'both are the same text in two Unicode forms', action: () => '{ nfc: true }' },
  'same-json-in-text': { because: 'one writes the JSON of the other into a text', action: () => '{ jsonString: true }' },
  'decoded-id-equal': { because: 'one is the Relay id of the other', action: () => '{ globalId: true }' },
}

const BY_CLASS: Readonly<Partial<Record<GroupIdentity['class'], Cure>>> = {
  'list-order': { because: 'both hold the same elements in another order', action: () => '{ unordered: true }' },
  'null-vs-missing': { because: 'one leaves out what is null in the other', action: () => '{ nullAsMissing: true }' },
  precision: { because: 'both are the same double', action: () => '{ tolerance: { rel: 1e-15 } }' },
}

/** Digits of the longest fraction, as the unit that holds them. */
function precisionOf(shapes: string): string {
  const digits = Math.max(0, ...[...shapes.matchAll(/\.(\d)f/g)].map(([, count]) => Number(count)))
  return digits === 0 ? 's' : digits <= 3 ? 'ms' : digits <= 6 ? 'us' : 'ns'
}

/** Legacy disagreed with itself this often: once may be a deployment, and is no habit. */
const VOLATILE_TIMES = 3

/** What makes a volatile place comparable at all: its order, or that there is a value. What no such rule covers has to be ignored by its class. */
const BY_VOLATILE_CLASS: Readonly<Partial<Record<GroupIdentity['class'], string>>> = {
  value: '{ presence: true }',
  'list-order': '{ unordered: true }',
  'list-membership': '{ unordered: true }',
}

/** How often legacy disagreed with itself in the same way, in the hours that are still looked at. */
function recentNoise({ facets }: Pick<Group, 'facets'>): number {
  return facets.reduce((sum, { facet, count }) => (facet === 'noise-hour' ? sum + count : sum), 0)
}

/**
 * The rule that a group suggests: by the relation of both sides, else by noise (NO-3). It is a proposal with its evidence; nothing is hidden before a
 * person accepts it.
 */
export function suggestionOf(group: Group): Suggestion | undefined {
  const noise = recentNoise(group)
  const [at, known] = [selectorsOf(group), suggestRule(group)]
  if (known !== undefined || noise < VOLATILE_TIMES || at.length === 0) return known
  const because = `legacy disagreed with itself here ${noise} times in two days, so that nobody can verify it`
  const action = BY_VOLATILE_CLASS[group.class] ?? `{ ignore: { classes: [${group.class}] } }`
  return { because, yaml: ruleYaml(group, at, action, { ...BLANK, why: because }) }
}

/** The rule that the relation of both sides suggests; nothing where none is known, or where no rule can name the place. */
export function suggestRule(group: GroupIdentity): Suggestion | undefined {
  const cure = (group.relation === undefined ? undefined : BY_RELATION[group.relation]) ?? BY_CLASS[group.class]
  const at = selectorsOf(group)
  if (cure === undefined || at.length === 0) return undefined
  return { because: cure.because, yaml: ruleYaml(group, at, cure.action(group), { ...BLANK, why: cure.because }) }
}

/** The rule that accepts a group: the suggested one, or one that ignores its class at its place. Nothing where no rule can name the place. */
export function acceptingRule(group: GroupIdentity, text: RuleText): string | undefined {
  const at = selectorsOf(group)
  const cure = (group.relation === undefined ? undefined : BY_RELATION[group.relation]) ?? BY_CLASS[group.class]
  return at.length === 0 ? undefined : ruleYaml(group, at, cure?.action(group) ?? `{ ignore: { classes: [${group.class}] } }`, text)
}

/** Selectors by which a rule can name the place of a group. */
export function selectorsOf({ coordinate, resolution }: GroupIdentity): readonly string[] {
  if (/^(status|header:[\w-]+)$/.test(coordinate) || REST_COORDINATE.test(coordinate)) return [coordinate]
  if (resolution === 'field-path') return /^(query|mutation|subscription)\./.test(coordinate) ? [`field:${coordinate}`] : []
  const names = coordinate.split(' → ')
  return names.every((name) => /^\w+\.\w+$/.test(name)) ? names : []
}

function ruleYaml(group: GroupIdentity, at: readonly string[], action: string, { why, owner, expires }: RuleText): string {
  return [
    `- id: ${ruleId(group)}`,
    `  why: ${JSON.stringify(why)}`,
    `  owner: ${JSON.stringify(owner)}`,
    `  expires: ${expires}`,
    `  at: ${at.length === 1 ? JSON.stringify(at[0]) : `[${at.map((selector) => JSON.stringify(selector)).join(', ')}]`}`,
    `  do: ${action}`,
    '',
  ].join('\n')
}

/** Unique by the group's id, and readable. */
export function ruleId({ id, coordinate, class: name }: GroupIdentity): string {
  const words = `${coordinate}-${name}`
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase()
  return `${words}-${id.slice(0, 6)}`
}
