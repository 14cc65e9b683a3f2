/** A path with places for values: `/users/{id}/posts`; a `*` at its end stands for everything below. */
export interface Template {
  readonly text: string
  readonly segments: readonly Segment[]
}

export type Segment = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'value' } | { readonly kind: 'rest' }

/** What RFC 3986 section 3.3 lets stand in a path as it is; `;` begins parameters for some servers, and `*` is ours. */
const LITERAL = /^[\w.~!$&'()+,=:@-]*$/
const VALUE = /^\{[A-Za-z_]\w*\}$/
const MAX_LENGTH = 200
const MAX_SEGMENTS = 32

/** Reads a template, or says what is wrong with it. */
export function readTemplate(text: string): Template | string {
  if (text.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  const parts = text.slice(1).split('/')
  if (!text.startsWith('/')) return 'does not begin with `/`'
  if (parts.length > MAX_SEGMENTS) return `has more than ${MAX_SEGMENTS} segments`
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    if (part === '*' ? !isLast : !VALUE.test(part) && !LITERAL.test(part)) return `has the segment \`${part}\``
    if (part === '.' || part === '..' || (part === '' && !isLast)) return `has the segment \`${part}\`, which servers read differently`
  }
  return { text, segments: parts.map(segmentOf) }
}

function segmentOf(part: string): Segment {
  if (part === '*') return { kind: 'rest' }
  return part.startsWith('{') ? { kind: 'value' } : { kind: 'literal', text: part }
}

/**
 * How the paths of two templates relate: none in common, all, those of the first among those of the second or the other way round, or some in
 * common while each has others: then nothing says which of them is meant. Spellings that some servers take for one are one here.
 */
export function relationOf(one: Template, other: Template): 'apart' | 'same' | 'within' | 'around' | 'crossing' {
  const [left, right] = [withoutSlash(one.segments), withoutSlash(other.segments)]
  let [within, around] = [false, false]
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [a, b] = [left[index], right[index]]
    if (a === undefined || b === undefined) return 'apart'
    if (a.kind === 'literal' && b.kind === 'literal' && fold(a.text) !== fold(b.text)) return 'apart'
    within ||= RANK[a.kind] > RANK[b.kind]
    around ||= RANK[a.kind] < RANK[b.kind]
    if (a.kind === 'rest' || b.kind === 'rest') break
  }
  if (within && around) return 'crossing'
  return within ? 'within' : around ? 'around' : 'same'
}

const RANK: Readonly<Record<Segment['kind'], number>> = { literal: 2, value: 1, rest: 0 }

function withoutSlash(segments: readonly Segment[]): readonly Segment[] {
  const last = segments.at(-1)
  return segments.length > 1 && last?.kind === 'literal' && last.text === '' ? segments.slice(0, -1) : segments
}

/** One text for all spellings of a segment that some server takes for the same: case, and characters that need not be encoded. */
export function fold(segment: string): string {
  const decoded = segment.includes('%') ? segment.replaceAll(/%[0-9a-f]{2}/gi, decodeASCII) : segment
  return decoded.toLowerCase()
}

function decodeASCII(encoded: string): string {
  const code = Number.parseInt(encoded.slice(1), 16)
  return code < 0x80 ? String.fromCodePoint(code) : encoded
}

/** Backslash, matrix parameters, fragments, and what no path holds unencoded. */
const DOUBTFUL = /[\\;#]|[^\x21-\x7e]/
/**
 * Encoded separators (`%2f`, `%5c`), dots, letters and digits, percent signs, controls: one server decodes them before it chooses, the next after, a
 * third never. And what is no encoding at all.
 */
const DOUBTFUL_ENCODING = /%(?![0-9a-f]{2})|%(?:[01][0-9a-f]|2[3-5df]|2e|3[0-9bf]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9aef])/i

/** The segments of a path that all servers read alike; nothing for any other. */
export function segmentsOf(path: string): readonly string[] | undefined {
  if (!path.startsWith('/') || DOUBTFUL.test(path) || (path.includes('%') && DOUBTFUL_ENCODING.test(path))) return undefined
  const segments = path.slice(1).split('/')
  if (segments.length > MAX_SEGMENTS) return undefined
  const isCertain = segments.every((part, index) => part !== '.' && part !== '..' && (part !== '' || index === segments.length - 1))
  return isCertain ? segments : undefined
}
