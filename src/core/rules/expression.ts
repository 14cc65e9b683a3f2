/** One step of a compiled expression. Of a `split` the first target is tried first. */
export type Step =
  | { readonly kind: 'one'; readonly fits: Fits }
  | { readonly kind: 'edge'; readonly holds: Edge }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'end' }

/** Whether a character fits. */
export type Fits = (character: string) => boolean
/** Whether a place between two characters is meant; they are empty at the ends of the text. */
export type Edge = (before: string, after: string) => boolean

export type Node =
  | { readonly kind: 'one'; readonly fits: Fits }
  | { readonly kind: 'edge'; readonly holds: Edge }
  | { readonly kind: 'all'; readonly nodes: readonly Node[] }
  | { readonly kind: 'any'; readonly nodes: readonly Node[] }
  | { readonly kind: 'group'; readonly node: Node; readonly index?: number }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number; readonly isGreedy: boolean }

/** A regular expression as steps of an automaton, which runs in linear time whatever it is given (RU-8). */
export interface Expression {
  readonly steps: readonly Step[]
  /** Groups that it captures, the whole match not counted. */
  readonly groups: number
}

/** Steps of one expression: counted repetitions are written out. */
const MAX_STEPS = 1_000

/** Writes the steps of a parsed expression; nothing where they are too many. */
export function compile(node: Node, groups: number): Expression | undefined {
  const steps: Step[] = []
  write({ kind: 'group', node, index: 0 }, steps)
  steps.push({ kind: 'end' })
  return steps.length > MAX_STEPS ? undefined : { steps, groups }
}

function write(node: Node, steps: Step[]): void {
  if (steps.length > MAX_STEPS) return
  switch (node.kind) {
    case 'one':
    case 'edge':
      steps.push(node)
      return
    case 'all':
      for (const one of node.nodes) write(one, steps)
      return
    case 'any':
      return writeAny(node.nodes, steps)
    case 'group':
      if (node.index !== undefined) steps.push({ kind: 'save', slot: node.index * 2 })
      write(node.node, steps)
      if (node.index !== undefined) steps.push({ kind: 'save', slot: node.index * 2 + 1 })
      return
    case 'repeat':
      return writeRepeat(node, steps)
  }
}

function writeAny([first, ...rest]: readonly Node[], steps: Step[]): void {
  if (first === undefined) return
  if (rest.length === 0) return write(first, steps)
  const split = hold(steps)
  write(first, steps)
  const jump = hold(steps)
  steps[split] = { kind: 'split', first: split + 1, second: steps.length }
  writeAny(rest, steps)
  steps[jump] = { kind: 'jump', to: steps.length }
}

function writeRepeat({ node, least, most, isGreedy }: Extract<Node, { kind: 'repeat' }>, steps: Step[]): void {
  for (let count = 0; count < least; count += 1) write(node, steps)
  const fork = (inside: number, behind: number): Step =>
    isGreedy ? { kind: 'split', first: inside, second: behind } : { kind: 'split', first: behind, second: inside }
  if (most === Infinity) {
    const split = hold(steps)
    write(node, steps)
    steps.push({ kind: 'jump', to: split })
    steps[split] = fork(split + 1, steps.length)
    return
  }
  const splits: number[] = []
  for (let count = least; count < most && steps.length <= MAX_STEPS; count += 1) {
    splits.push(hold(steps))
    write(node, steps)
  }
  for (const split of splits) steps[split] = fork(split + 1, steps.length)
}

/** Room for a step whose targets are not known yet. */
function hold(steps: Step[]): number {
  return steps.push({ kind: 'end' }) - 1
}
