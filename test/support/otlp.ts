import { createServer } from 'node:http'
import { listening, type Listening } from './sockets.ts'

/** A span as it arrived, as far as the tests look. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** 2 of a server, 3 of a client. */
  readonly kind: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly endedAt: number
  /** Whether its status is an error. */
  readonly isError: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[]
}

/** A real receiver of OTLP over HTTP (protobuf). */
export async function otlpReceiver(): Promise<Listening & { readonly spans: ReceivedSpan[]; readonly bytes: () => Buffer }> {
  const spans: ReceivedSpan[] = []
  const bodies: Buffer[] = []
  const server = await listening(
    createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks)
        bodies.push(body)
        if (request.url === '/v1/traces') spans.push(...spansOf(body))
        response.writeHead(200).end()
      })
    }),
  )
  return { ...server, spans, bytes: () => Buffer.concat(bodies) }
}

/** A field of a protobuf message: its number, and its bytes or number. */
interface Field {
  readonly field: number
  readonly bytes: Buffer
  readonly number: number
}

/** Reads the wire format (protobuf.dev, "Encoding"): enough of it for OTLP. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let [value, factor] = [0, 1]
    for (;;) {
      const byte = message[at] ?? 0
      at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
  }
  while (at < message.length) {
    const tag = varint()
    const [field, wire] = [Math.floor(tag / 8), tag & 7]
    if (wire === 0) fields.push({ field, bytes: Buffer.alloc(0), number: varint() })
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : 4
      const bytes = message.subarray(at, at + length)
      at += length
      fields.push({ field, bytes, number: wire === 1 ? bytes.readDoubleLE(0) : 0 })
    }
  }
  return fields
}

const inside = (message: Buffer, field: number): Buffer[] =>
  fieldsOf(message)
    .filter((one) => one.field === field)
    .map(({ bytes }) => bytes)
const text = (message: Buffer, field: number): string => inside(message, field)[0]?.toString('utf8') ?? ''
const hex = (message: Buffer, field: number): string => inside(message, field)[0]?.toString('hex') ?? ''

/** Of a time in nanoseconds, fixed64. */
const millisecondsOf = (message: Buffer, field: number): number => Number(inside(message, field)[0]?.readBigUInt64LE() ?? 0n) / 1_000_000

/** Status.code(3) of a span. */
const STATUS_ERROR = 2

/** ExportTraceServiceRequest.resource_spans(1).scope_spans(2).spans(2), by opentelemetry/proto/trace/v1/trace.proto. */
function spansOf(request: Buffer): ReceivedSpan[] {
  return inside(request, 1)
    .flatMap((resource) => inside(resource, 2))
    .flatMap((scope) => inside(scope, 2))
    .map((span) => ({
      traceId: hex(span, 1),
      spanId: hex(span, 2),
      parentSpanId: hex(span, 4),
      name: text(span, 5),
      kind: fieldsOf(span).find(({ field }) => field === 6)?.number ?? 0,
      startedAt: millisecondsOf(span, 7),
      endedAt: millisecondsOf(span, 8),
      isError: inside(span, 15).some((status) => fieldsOf(status).some(({ field, number }) => field === 3 && number === STATUS_ERROR)),
      attributes: attributesOf(inside(span, 9)),
      events: inside(span, 11).map((event) => ({ name: text(event, 2), attributes: attributesOf(inside(event, 3)) })),
    }))
}

function attributesOf(pairs: readonly Buffer[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), valueOf(inside(pair, 2)[0] ?? Buffer.alloc(0))]))
}

/** AnyValue: string 1, bool 2, int 3, double 4, array 5. */
function valueOf(any: Buffer): unknown {
  const [value] = fieldsOf(any)
  if (value === undefined) return undefined
  if (value.field === 1) return value.bytes.toString('utf8')
  if (value.field === 5) return inside(value.bytes, 1).map(valueOf)
  return value.field === 2 ? value.number === 1 : value.number
}
