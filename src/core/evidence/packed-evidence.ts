import type { CellEvidence, Evidence } from './evidence.ts'
import { bucketName, PackedReader, PackedWriter, RECORD } from './packed-counts.ts'

/**
 * Evidence as bytes, for what is held and not looked at: two or three for a bucket, where an object takes thirty and more. It is added up as it is; whoever wants to read
 * it unpacks it and lets go of it again.
 */
export type PackedEvidence = Uint8Array<ArrayBuffer>

/** Counts by name, by bucket, and by names within names: all that evidence is made of. */
interface Counts {
  [key: string]: number | Counts
}

/** Nothing was counted. */
export const NOTHING_PACKED: PackedEvidence = pack({})

/** Evidence of one cell in one time window, as bytes. */
export interface PackedCell extends Omit<CellEvidence, 'evidence'> {
  /** How many there are in it: what is asked of it most. */
  readonly requests: number
  readonly packed: PackedEvidence
}

export function packCell({ evidence, ...cell }: CellEvidence): PackedCell {
  return { ...cell, requests: evidence.requests, packed: packEvidence(evidence) }
}

export function unpackCell({ packed, requests: _requests, ...cell }: PackedCell): CellEvidence {
  return { ...cell, evidence: unpackEvidence(packed) }
}

export function packEvidence(evidence: Evidence): PackedEvidence {
  return pack(evidence as unknown as Counts) // evidence is counts, by name and by names within names
}

export function unpackEvidence(packed: PackedEvidence): Evidence {
  return read(new PackedReader(packed)) as unknown as Evidence // made of evidence alone
}

/** @param times -1 takes `b` away from `a` */
export function addPacked(a: PackedEvidence, b: PackedEvidence, times: 1 | -1 = 1): PackedEvidence {
  const sum = new PackedWriter()
  addRecords(new PackedReader(a), new PackedReader(b), times, sum)
  return sum.taken()
}

function pack(counts: Counts): PackedEvidence {
  const packed = new PackedWriter()
  write(counts, packed)
  return packed.taken()
}

function write(counts: Counts, to: PackedWriter): void {
  const { buckets, names } = keysOf(counts)
  const put = (value: number | Counts | undefined): void => {
    if (typeof value !== 'object') return to.count(value ?? 0)
    to.number(RECORD)
    write(value, to)
  }
  let last: number | undefined
  for (const bucket of buckets) {
    to.bucket(bucket, last)
    put(counts[bucketName(bucket)])
    last = bucket
  }
  to.end()
  for (const name of names) {
    to.name(name)
    put(counts[name])
  }
  to.end()
}

/** In the order that they are packed in, so that two can be added up in one pass. */
function keysOf(counts: Counts): { readonly buckets: readonly number[]; readonly names: readonly string[] } {
  const [buckets, names]: [number[], string[]] = [[], []]
  for (const key in counts) {
    if (counts[key] === undefined) continue
    const bucket = Number(key)
    if (PackedWriter.hasBucket(bucket) && bucketName(bucket) === key) buckets.push(bucket)
    else names.push(key)
  }
  return { buckets: buckets.toSorted((a, b) => a - b), names: names.toSorted() }
}

function read(from: PackedReader): Counts {
  const counts = bare()
  const next = (): number | Counts => {
    const value = from.number()
    return value === RECORD ? read(from) : PackedReader.countIn(value)
  }
  for (let bucket = from.bucket(undefined); bucket !== undefined; bucket = from.bucket(bucket)) counts[bucketName(bucket)] = next()
  for (let name = from.name(); name !== undefined; name = from.name()) counts[name] = next()
  return counts
}

/** Names come from answers: none of them, `__proto__` least of all, may mean anything. */
function bare(): Counts {
  return Object.create(null) as Counts // an object without members
}

/** Goes through both in order: what only one of them has is taken as it is. */
function addRecords(a: PackedReader, b: PackedReader, times: 1 | -1, sum: PackedWriter): void {
  let [x, y, last] = [a.bucket(undefined), b.bucket(undefined), undefined as number | undefined]
  while (x !== undefined || y !== undefined) {
    const at = Math.min(x ?? Infinity, y ?? Infinity)
    sum.bucket(at, last)
    last = at
    addValues(x === at ? a : undefined, y === at ? b : undefined, times, sum)
    if (x === at) x = a.bucket(at)
    if (y === at) y = b.bucket(at)
  }
  sum.end()
  addNamed(a, b, times, sum)
}

function addNamed(a: PackedReader, b: PackedReader, times: 1 | -1, sum: PackedWriter): void {
  let [x, y] = [a.name(), b.name()]
  while (x !== undefined || y !== undefined) {
    const name = y === undefined || (x !== undefined && x < y) ? (x ?? y ?? '') : y
    sum.name(name)
    const [isOfA, isOfB] = [x === name, y === name]
    addValues(isOfA ? a : undefined, isOfB ? b : undefined, times, sum)
    if (isOfA) x = a.name()
    if (isOfB) y = b.name()
  }
  sum.end()
}

function addValues(a: PackedReader | undefined, b: PackedReader | undefined, times: 1 | -1, sum: PackedWriter): void {
  const [x, y] = [a?.number() ?? 0, b?.number() ?? 0]
  if (x !== RECORD && y !== RECORD) {
    sum.count(PackedReader.countIn(x) + times * PackedReader.countIn(y))
    return
  }
  sum.number(RECORD)
  const nothing = (): PackedReader => new PackedReader(NOTHING_PACKED)
  addRecords(x === RECORD && a !== undefined ? a : nothing(), y === RECORD && b !== undefined ? b : nothing(), times, sum)
}
