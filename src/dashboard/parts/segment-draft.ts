import type { Segment, SegmentRule, SegmentTarget } from '../../core/routing/segment.ts'

/** The kind that `included` and `excluded` of a segment are about. */
const USER = 'user'

/** Who of one kind is in and who is out, as it is written: a key a line. */
export interface KindDraft {
  readonly kind: string
  readonly included: string
  readonly excluded: string
}

/** A segment as a person edits it. */
export interface SegmentDraft {
  readonly key: string
  readonly kinds: readonly KindDraft[]
  /** JSON, or nothing where there are none. */
  readonly rules: string
}

/** What can be sent, or what is wrong. */
export type Drafted = { readonly segment: Segment } | { readonly problem: string }

export function draftOf(segment: Segment | undefined): SegmentDraft {
  const kinds = [...new Set([USER, ...targetsOf(segment).map(({ contextKind = USER }) => contextKind)])]
  const text = (kind: string, of: 'included' | 'excluded'): string => [...keysOf(segment, kind, of)].join('\n')
  return {
    key: segment?.key ?? '',
    kinds: kinds.map((kind) => ({ kind, included: text(kind, 'included'), excluded: text(kind, 'excluded') })),
    rules: (segment?.rules ?? []).length === 0 ? '' : JSON.stringify(segment?.rules, null, 2),
  }
}

/**
 * The segment that a draft means. What Banyan does not read of it stays as it was.
 * @param before as it was when the draft was begun
 */
export function segmentOf({ key, kinds, rules }: SegmentDraft, before: Segment | undefined): Drafted {
  if (!/^[A-Za-z0-9._-]+$/.test(key))
    return { problem: key === '' ? 'the key is missing' : 'the key takes letters, digits, `.`, `_` and `-`' }
  const both = kinds.flatMap(({ kind, included, excluded }) =>
    linesOf(included)
      .filter((one) => linesOf(excluded).includes(one))
      .map((one) => `${kind} ${one}`),
  )
  if (both.length > 0) return { problem: `${both.join(', ')}: in and out at once` }
  const read = readRules(rules)
  if ('problem' in read) return read
  const users = kinds.find(({ kind }) => kind === USER)
  const others = (of: 'included' | 'excluded'): readonly SegmentTarget[] =>
    kinds.flatMap((one) => {
      const values = linesOf(one[of])
      return one.kind === USER || values.length === 0 ? [] : [{ contextKind: one.kind, values }]
    })
  const members: readonly (readonly [keyof Segment, readonly unknown[]])[] = [
    ['included', linesOf(users?.included ?? '')],
    ['excluded', linesOf(users?.excluded ?? '')],
    ['includedContexts', others('included')],
    ['excludedContexts', others('excluded')],
    ['rules', read.rules],
  ]
  // An empty list that was not there would be a change of nothing.
  const said = members.filter(([name, list]) => list.length > 0 || before?.[name] !== undefined)
  return { segment: { version: 0, ...before, key, ...Object.fromEntries(said) } }
}

/** What is different, a line each. */
export function changesOf(before: Segment | undefined, after: Segment): readonly string[] {
  const kinds = [...new Set([USER, ...[before, after].flatMap(targetsOf).map(({ contextKind = USER }) => contextKind)])]
  const members = kinds.flatMap((kind) =>
    (['included', 'excluded'] as const).flatMap((of) => {
      const [was, is] = [before, after].map((segment) => keysOf(segment, kind, of))
      const [where, no] = of === 'included' ? ['in', 'no longer in'] : ['out', 'no longer out']
      return [...differ(is, was, kind, where), ...differ(was, is, kind, no)]
    }),
  )
  const [were, are] = [before, after].map((segment) => segment?.rules ?? [])
  const isSame = JSON.stringify(were) === JSON.stringify(are)
  return isSame ? members : [...members, `rules: ${were?.length ?? 0} → ${are?.length ?? 0}`]
}

/** More of them are counted and not listed. */
const MAX_LISTED = 20

function differ(
  one: ReadonlySet<string> = new Set(),
  other: ReadonlySet<string> = new Set(),
  kind: string,
  where: string,
): readonly string[] {
  const only = [...one].filter((key) => !other.has(key))
  const listed = only.slice(0, MAX_LISTED).map((key) => `${kind} ${key}: ${where}`)
  return only.length > MAX_LISTED ? [...listed, `${only.length - MAX_LISTED} more of the kind ${kind}: ${where}`] : listed
}

/** Everybody whom a segment names, of both lists. */
export function targetsOf(segment: Segment | undefined): readonly SegmentTarget[] {
  return [...(segment?.includedContexts ?? []), ...(segment?.excludedContexts ?? [])]
}

/** Keys of one kind that are in, or out, in the order in which they are written. */
export function keysOf(segment: Segment | undefined, kind: string, of: 'included' | 'excluded'): ReadonlySet<string> {
  const ofKind = (segment?.[`${of}Contexts`] ?? []).filter(({ contextKind = USER }) => contextKind === kind).flatMap(({ values }) => values)
  return new Set([...(kind === USER ? (segment?.[of] ?? []) : []), ...ofKind])
}

export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.trim())
  return [...new Set(lines.filter((line) => line !== ''))]
}

function readRules(text: string): { readonly rules: readonly SegmentRule[] } | { readonly problem: string } {
  if (text.trim() === '') return { rules: [] }
  try {
    const rules: unknown = JSON.parse(text)
    // The cast holds as far as it matters here: the API says what is wrong with a rule.
    return Array.isArray(rules) ? { rules: rules as readonly SegmentRule[] } : { problem: 'rules: write a list, [ … ]' }
  } catch (error) {
    return { problem: `rules: ${error instanceof Error ? error.message : String(error)}` }
  }
}
