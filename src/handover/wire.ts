import type { Ending } from '../core/evidence/ending.ts'
import type { Write } from '../core/evidence/recent-writes.ts'
import { FAILURES, type Failed, type Observation } from '../core/exchange/exchange.ts'
import type { OperationType } from '../core/operation/operation.ts'
import type { Origin, Stage } from '../core/routing/stage.ts'
import type { Passed } from '../core/routing/writes.ts'
import type { Begin, End, HandedOperation, HandoverRecord } from './record.ts'

const BEGIN = 1
const END = 2
const DROP = 3
const WRITE = 4

// Text goes as one string: fields cannot hold NUL, because neither HTTP headers nor GraphQL names can.
const SEPARATOR = '\0'
const HEAD_BYTES = 48
/** For one unit of UTF-16. */
const MAX_UTF8_BYTES = 3

type Fill = (bytes: Buffer, offset: number) => number

/** A record ready to be written: its greatest size and how to write it. */
export interface Encoded {
  readonly size: number
  readonly fill: Fill
}

export function encodeBegin(begin: Begin): Encoded {
  const { operation, flag, trace } = begin
  const fields = [
    begin.method,
    begin.target,
    operation?.key ?? '',
    operation?.type ?? '',
    operation?.name ?? '',
    begin.region,
    begin.stage,
    begin.primary,
    flag?.key ?? '',
    flag?.reason ?? '',
    flag?.version === undefined ? '' : String(flag.version),
    begin.client ?? '',
    trace?.traceId ?? '',
    trace?.parentSpanId ?? '',
    trace?.sampled === true ? '1' : '',
    trace?.serverSpanId ?? '',
    trace?.primarySpanId ?? '',
    begin.batch === undefined ? '' : JSON.stringify(begin.batch.map(({ key, type, name }) => ({ key, type, name }))),
    begin.write?.mode ?? '',
    begin.unfollowed ?? '',
    trace?.fallbackSpanId ?? '',
  ]
  const text = `${fields.join(SEPARATOR)}${SEPARATOR}${begin.headers.join(SEPARATOR)}`
  const flags = (begin.control ? 1 : 0) | (begin.body === undefined ? 0 : 2)
  return encode(BEGIN, begin.id, flags, [begin.startedAt, begin.lane ?? -1, begin.write?.roots ?? 0, begin.mark], text, begin.body)
}

const BEGIN_FIELDS = 21

export function encodeEnd({ id, primary, fallbackFrom, tried }: End): Encoded {
  const answered = primary.outcome === 'answered'
  const fields = [
    primary.origin,
    answered ? String(primary.answer.status) : (primary.status ?? ''),
    answered ? '' : primary.failure,
    fallbackFrom ?? '',
    tried === undefined ? '' : JSON.stringify(tried),
  ]
  const text = `${fields.join(SEPARATOR)}${SEPARATOR}${answered ? primary.answer.headers.join(SEPARATOR) : ''}`
  const numbers = [primary.startedAt, primary.duration, primary.firstByte ?? -1, 0] as const
  return encode(END, id, answered ? 1 : 0, numbers, text, answered ? primary.answer.body : undefined)
}

const END_FIELDS = 5

export function encodeDrop(id: number): Encoded {
  return encode(DROP, id, 0, [0, 0, 0, 0], '', undefined)
}

export function encodeWrite({ session, at, isOver }: Write): Encoded {
  return encode(WRITE, 0, isOver ? 1 : 0, [at, 0, 0, 0], session, undefined)
}

function encode(
  kind: number,
  id: number,
  flags: number,
  numbers: readonly [number, number, number, number],
  text: string,
  body: Uint8Array | undefined,
): Encoded {
  const bodyBytes = body?.length ?? 0
  return {
    // A text takes no more in UTF-8; to know how much it takes costs a pass over it.
    size: HEAD_BYTES + MAX_UTF8_BYTES * text.length + bodyBytes,
    fill: (bytes, offset) => {
      const textBytes = bytes.write(text, offset + HEAD_BYTES, 'utf8')
      bytes.writeUInt8(kind, offset)
      bytes.writeUInt8(flags, offset + 1)
      bytes.writeUInt32LE(id, offset + 4)
      bytes.writeUInt32LE(textBytes, offset + 8)
      bytes.writeUInt32LE(bodyBytes, offset + 12)
      for (let i = 0; i < numbers.length; i += 1) bytes.writeDoubleLE(numbers[i] ?? 0, offset + 16 + i * 8)
      const bodyStart = offset + HEAD_BYTES + textBytes
      if (body !== undefined) bytes.set(body, bodyStart)
      return bodyStart + bodyBytes
    },
  }
}

/** Reads a record. The body of an answer is still the ring's memory: whoever keeps it longer than the record is shown makes a copy. */
export function decode(bytes: Buffer, start: number): HandoverRecord {
  const kind = bytes.readUInt8(start)
  const id = bytes.readUInt32LE(start + 4)
  if (kind === DROP) return { kind: 'drop', id }
  const textEnd = start + HEAD_BYTES + bytes.readUInt32LE(start + 8)
  const fields = bytes.toString('utf8', start + HEAD_BYTES, textEnd).split(SEPARATOR)
  const body = bytes.subarray(textEnd, textEnd + bytes.readUInt32LE(start + 12))
  const flags = bytes.readUInt8(start + 1)
  const numbers = [16, 24, 32, 40].map((at) => bytes.readDoubleLE(start + at))
  if (kind === WRITE) return { kind: 'write', write: { session: fields[0] ?? '', at: numbers[0] ?? 0, isOver: flags === 1 } }
  return kind === BEGIN
    ? { kind: 'begin', begin: decodeBegin(id, flags, numbers, fields, body) }
    : { kind: 'end', end: decodeEnd(id, flags, numbers, fields, body) }
}

function decodeBegin(id: number, flags: number, numbers: readonly number[], fields: readonly string[], body: Buffer): Begin {
  const field = (index: number): string => fields[index] ?? ''
  const headers = fields.slice(BEGIN_FIELDS)
  const version = field(10)
  const [startedAt = 0, lane = -1, roots = 0, mark = 0] = numbers
  return {
    id,
    startedAt,
    unfollowed: said(field(19)) as Ending | undefined,
    control: (flags & 1) !== 0,
    method: field(0),
    target: field(1),
    headers: headers.length === 1 ? [] : headers,
    body: (flags & 2) === 0 ? undefined : Buffer.from(body),
    // The casts hold because `encodeBegin` wrote these fields from the same types.
    operation: field(2) === '' ? undefined : { key: field(2), type: field(3) as OperationType, name: said(field(4)) },
    batch: field(17) === '' ? undefined : (JSON.parse(field(17)) as HandedOperation[]),
    region: field(5),
    stage: field(6) as Stage,
    primary: field(7) as Origin,
    flag: field(8) === '' ? undefined : { key: field(8), reason: field(9), version: version === '' ? undefined : Number(version) },
    client: said(field(11)),
    mark,
    lane: lane < 0 ? undefined : lane,
    write: field(18) === '' ? undefined : { mode: field(18) as Passed, roots },
    trace:
      field(12) === ''
        ? undefined
        : {
            traceId: field(12),
            parentSpanId: said(field(13)),
            sampled: field(14) === '1',
            serverSpanId: field(15),
            primarySpanId: field(16),
            fallbackSpanId: said(field(20)),
          },
  }
}

function decodeEnd(id: number, flags: number, numbers: readonly number[], fields: readonly string[], body: Buffer): End {
  const [startedAt = 0, duration = 0, firstByte = -1] = numbers
  const [origin = '', status = '', failure = '', fallbackFrom = '', tried = ''] = fields
  const headers = fields.slice(END_FIELDS)
  const base = {
    // The casts hold because `encodeEnd` wrote these fields from the same types.
    origin: origin as Origin,
    role: 'primary' as const,
    startedAt,
    duration,
    firstByte: firstByte < 0 ? undefined : firstByte,
  }
  const primary: Observation =
    (flags & 1) === 1
      ? { ...base, outcome: 'answered', answer: { status: Number(status), headers: headers.length === 1 ? [] : headers, body } }
      : {
          ...base,
          outcome: 'failed',
          failure: FAILURES.find((known) => known === failure) ?? 'reset',
          status: status === '' ? undefined : Number(status),
        }
  return {
    id,
    primary,
    fallbackFrom: said(fallbackFrom) as End['fallbackFrom'],
    tried: tried === '' ? undefined : (JSON.parse(tried) as Failed),
  }
}

function said(field: string): string | undefined {
  return field === '' ? undefined : field
}
