/** A place in an answer: keys and list indexes from the root, `data` or `errors` first. */
export type Path = readonly (string | number)[]

/** Longest key that a text shows whole, in characters. */
const KEY_LENGTH = 64

/** As people write it: `data.users[3].name`. Keys that are no names are quoted. */
export function pathText(path: Path): string {
  return path.map((segment, index) => (typeof segment === 'number' ? `[${segment}]` : keyText(segment, index === 0))).join('')
}

function keyText(key: string, first: boolean): string {
  // Only what is not in the body has a colon in front: `header:content-type`.
  if (key.length <= KEY_LENGTH && (first ? /^[a-z][-:_0-9a-z]*$/i : /^[_a-z][_0-9a-z]*$/i).test(key)) return first ? key : `.${key}`
  return `[${JSON.stringify(key.length > KEY_LENGTH ? `${key.slice(0, KEY_LENGTH)}…` : key)}]`
}

/** Reads what `pathText` wrote; nothing where a key was cut. */
export function pathOf(text: string): Path | undefined {
  const path: (string | number)[] = []
  let at = 0
  for (const { 0: whole, 1: index, 2: quoted, 3: name, index: start } of text.matchAll(
    /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.[\]]+)/g,
  )) {
    // A quoted text is one that JSON.stringify made.
    const key = quoted === undefined ? (name ?? Number(index)) : (JSON.parse(quoted) as string)
    if (start !== at || (typeof key === 'string' && key.length > KEY_LENGTH)) return undefined
    path.push(key)
    at = start + whole.length
  }
  return at === text.length ? path : undefined
}

interface PathNode {
  readonly children: Map<string | number, PathNode>
  isMember: boolean
}

/** A set of paths that knows which lies below which. Linear in the segments that it is given, so that long lists of errors cost little. */
export class PathSet {
  readonly #root: PathNode = { children: new Map(), isMember: false }

  add(path: Path): void {
    let node = this.#root
    for (const segment of path) {
      const next = node.children.get(segment) ?? { children: new Map(), isMember: false }
      node.children.set(segment, next)
      node = next
    }
    node.isMember = true
  }

  /** Whether a member is `path` or lies above it. */
  covers(path: Path): boolean {
    let node: PathNode | undefined = this.#root
    for (const segment of path) {
      if (node === undefined || node.isMember) break
      node = node.children.get(segment)
    }
    return node?.isMember ?? false
  }

  /** Whether a member is `path` or lies below it. */
  reaches(path: Path): boolean {
    let node: PathNode | undefined = this.#root
    for (const segment of path) node = node?.children.get(segment)
    return node !== undefined && (node.isMember || node.children.size > 0)
  }
}
