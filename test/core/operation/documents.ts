import fc from 'fast-check'

/** A selection before it is written: what of it makes an operation, and where its writers have a choice. */
export type Selection =
  | { readonly kind: 'field'; readonly name: string; readonly args: readonly string[]; readonly set: readonly Selection[] }
  | { readonly kind: 'spread'; readonly name: string }
  | { readonly kind: 'inline'; readonly on: string; readonly set: readonly Selection[] }

const name = fc.constantFrom('a', 'ab', 'a1', 'B', '_x', 'user', 'id')

const { selections: any } = fc.letrec<{ selections: readonly Selection[] }>((tie) => ({
  selections: fc.array(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({
        kind: fc.constant('field' as const),
        name,
        args: fc.uniqueArray(name, { maxLength: 3 }),
        set: fc.constant<readonly Selection[]>([]),
      }),
      fc.record({ kind: fc.constant('spread' as const), name: fc.constantFrom('F', 'G') }),
      fc.record({ kind: fc.constant('field' as const), name, args: fc.uniqueArray(name, { maxLength: 2 }), set: tie('selections') }),
      fc.record({ kind: fc.constant('inline' as const), on: fc.constantFrom('A', 'AB'), set: tie('selections') }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
}))
/** Any operation, as its selections. Two of them may be the same field. */
export const selections = any

const LITERALS = ['1', '-2', '2.5e3', '"text"', '""', '"""block"""']
const LISTS = ['[]', '[1, 2, 3]', '[[$v]]']

/**
 * Writes an operation with two fragments. `choose` decides what a writer is free in: order, aliases, literals, whitespace.
 * @param choose gives an integer from 0 to below its argument
 */
export function written(root: readonly Selection[], choose: (below: number) => number): string {
  const shuffled = (texts: readonly string[]): string[] => {
    const rest = [...texts]
    return texts.flatMap(() => rest.splice(choose(rest.length), 1))
  }
  const pick = (texts: readonly string[]): string => texts[choose(texts.length)] ?? ''
  const alias = (): string => pick(['', '', 'x: ', 'other: '])
  const space = (): string => pick([' ', '\n', ', ', ' # comment\n'])
  // The kind of a value stays: it is part of the operation, what it says is not.
  const args = (names: readonly string[]): string =>
    names.length === 0 ? '' : `(${shuffled(names.map((one, i) => `${one}: ${i % 2 === 0 ? literal(one) : pick(LISTS)}`)).join(space())})`
  const literal = (of: string): string => pick(of.length > 1 ? LITERALS.slice(3) : LITERALS.slice(0, 3))
  const one = (selection: Selection): string => {
    if (selection.kind === 'spread') return `...${selection.name}`
    if (selection.kind === 'inline') return `... on ${selection.on} ${set(selection.set)}`
    return `${alias()}${selection.name}${args(selection.args)}${selection.set.length === 0 ? '' : ` ${set(selection.set)}`}`
  }
  const set = (of: readonly Selection[]): string => `{${shuffled(of.map(one)).join(space())}}`
  const operation = `query Q(${shuffled(['$v: Int', '$w: [A!] = [1]']).join(space())}) ${set(root)}`
  return shuffled([operation, 'fragment F on A { f ...G }', 'fragment G on A { g }', `fragment Unused on A { ${pick(['a', 'b'])} }`]).join(
    space(),
  )
}
