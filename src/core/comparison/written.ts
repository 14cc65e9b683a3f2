import type { Json, Member } from './json.ts'
import { CODES, END, HASH, MEANING, NEXT, WIDTH, type Tape } from './json-tape.ts'

const NULL: Json = { type: 'null' }
const TRUE: Json = { type: 'boolean', value: true }
const FALSE: Json = { type: 'boolean', value: false }

/** The value at a place of a tape. Lists and objects look into themselves when they are asked. */
export function valueAt(tape: Tape, cell: number): Json {
  const { text, cells } = tape
  const start = cells[cell] ?? 0
  switch (text.charCodeAt(start)) {
    case CODES.object:
      return new WrittenObject(tape, cell)
    case CODES.array:
      return new WrittenList(tape, cell)
    case CODES.string:
      return stringAt(tape, cell)
    case CODES.true:
      return TRUE
    case CODES.false:
      return FALSE
    case CODES.null:
      return NULL
    default:
      return { type: 'number', text: text.slice(start, cells[cell + END]) }
  }
}

function stringAt({ text, cells }: Tape, cell: number): Extract<Json, { type: 'string' }> {
  const [start, end] = [cells[cell] ?? 0, cells[cell + END] ?? 0]
  if (end >= 0) return { type: 'string', value: text.slice(start + 1, end - 1) }
  const raw = text.slice(start, ~end)
  return { type: 'string', value: JSON.parse(raw) as string, raw } // a quoted string is all that it can be
}

/** A list or an object as it was written, in a text that was read. */
class Written {
  protected readonly tape: Tape
  protected readonly cell: number

  constructor(tape: Tape, cell: number) {
    this.tape = tape
    this.cell = cell
  }

  /** Of its tokens; on any machine the same. */
  get hash(): number {
    return this.tape.cells[this.cell + HASH] ?? 0
  }

  /** Hash of the value; nothing where a key may stand twice, because then the same value has several. */
  get meaning(): number | undefined {
    return this.tape.mayRepeat ? undefined : this.tape.cells[this.cell + MEANING]
  }

  /** Whether both are written with the same tokens, and so differ in white space at most. Told at once where they do not; else linear. */
  isAlike({ tape: other, cell: start }: Written): boolean {
    const { tape, cell } = this
    if (tape.cells[cell + HASH] !== other.cells[start + HASH]) return false
    const size = (tape.cells[cell + NEXT] ?? 0) - cell
    if (size !== (other.cells[start + NEXT] ?? 0) - start) return false
    if (isSameText(tape, cell, other, start)) return true
    for (let at = 0; at < size; at += WIDTH) if (!isSameToken(tape, cell + at, other, start + at)) return false
    return true
  }
}

/** One token, or the bracket that opens a list or an object with as much in it. */
function isSameToken(a: Tape, left: number, b: Tape, right: number): boolean {
  const size = (a.cells[left + NEXT] ?? 0) - left
  if (size !== (b.cells[right + NEXT] ?? 0) - right || a.cells[left + HASH] !== b.cells[right + HASH]) return false
  const code = a.text.charCodeAt(a.cells[left] ?? 0)
  if (code === CODES.object || code === CODES.array) return code === b.text.charCodeAt(b.cells[right] ?? 0)
  return isSameText(a, left, b, right)
}

/** Longer texts are compared by the machine's own routine, which takes a while to start. */
const SHORT = 16

function isSameText(a: Tape, left: number, b: Tape, right: number): boolean {
  const [from, start] = [a.cells[left] ?? 0, b.cells[right] ?? 0]
  const length = endAt(a, left) - from
  if (length !== endAt(b, right) - start) return false
  if (length > SHORT) return a.text.slice(from, from + length) === b.text.slice(start, start + length)
  for (let at = 0; at < length; at += 1) if (a.text.charCodeAt(from + at) !== b.text.charCodeAt(start + at)) return false
  return true
}

function endAt({ cells }: Tape, cell: number): number {
  const end = cells[cell + END] ?? 0
  return end < 0 ? ~end : end
}

class WrittenList extends Written {
  readonly type = 'array'
  #items: readonly Json[] | undefined

  get items(): readonly Json[] {
    return (this.#items ??= this.#read())
  }

  #read(): readonly Json[] {
    const { tape, cell: start } = this
    const end = tape.cells[start + NEXT] ?? 0
    const items: Json[] = []
    for (let cell = start + WIDTH; cell < end; cell = tape.cells[cell + NEXT] ?? end) items.push(valueAt(tape, cell))
    return items
  }
}

class WrittenObject extends Written {
  readonly type = 'object'
  #members: readonly Member[] | undefined
  #repeated: boolean | undefined

  get members(): readonly Member[] {
    return (this.#members ??= this.#read())
  }

  get repeated(): boolean {
    return (this.#repeated ??= this.tape.mayRepeat && hasRepeatedKey(this.members))
  }

  #read(): readonly Member[] {
    const { tape, cell: start } = this
    const end = tape.cells[start + NEXT] ?? 0
    const members: Member[] = []
    for (let cell = start + WIDTH; cell < end;) {
      const { value: key } = stringAt(tape, cell)
      // A key has nothing inside: its value follows.
      const value = cell + WIDTH
      members.push({ key, value: valueAt(tape, value) })
      cell = tape.cells[value + NEXT] ?? end
    }
    return members
  }
}

/** Up to here, looking back is quicker than a set. */
const FEW_MEMBERS = 12

function hasRepeatedKey(members: readonly Member[]): boolean {
  if (members.length > FEW_MEMBERS) return new Set(members.map(({ key }) => key)).size < members.length
  for (let at = 1; at < members.length; at += 1) {
    for (let before = 0; before < at; before += 1) if (members[at]?.key === members[before]?.key) return true
  }
  return false
}

/** A number that values written with the same tokens share; nothing for what is no list and no object of a text. */
export function hashOfTokens(json: Json): number | undefined {
  return json instanceof Written ? json.hash : undefined
}

/** Whether two lists or objects are written with the same tokens: then there is no difference in them. */
export function areAlike(a: Json, b: Json): boolean {
  return a instanceof Written && b instanceof Written && a.isAlike(b)
}

/** A number that all lists and objects of the same value share; nothing where none is known. */
export function hashOfMeaning(json: Json): number | undefined {
  return json instanceof Written ? json.meaning : undefined
}
