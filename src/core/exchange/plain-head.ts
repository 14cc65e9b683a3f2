import { readFields } from './fields.ts'
import { refusalOf, type HeadLimits } from './refusal.ts'

/** The head of a plain request: one that every program reads alike, and that asks for nothing out of the ordinary. */
export interface PlainHead {
  readonly method: string
  /** In origin form. */
  readonly target: string
  /** Header lines, name and value in turn, byte for byte (latin1). */
  readonly lines: string[]
  readonly contentType: string | undefined
  readonly traceparent: string | undefined
  /** As it was announced; absent where nothing was. */
  readonly contentLength: string | undefined
  /** The client will ask nothing more on its connection. */
  readonly closes: boolean
}

/** The methods that clients use, and targets in origin form (RFC 9112 section 3.2.1). */
const REQUEST_LINE = /^(GET|POST|HEAD|PUT|PATCH|DELETE|OPTIONS) (\/[\x21-\x7e]*) HTTP\/1\.1$/

/** What is looked at of a line while a head is read. */
interface Draft {
  contentType: string | undefined
  traceparent: string | undefined
  contentLength: string | undefined
  connection: string | undefined
  isPlain: boolean
}

type Member = 'contentType' | 'traceparent' | 'contentLength' | 'connection'

/** Lines whose value is looked at, each of which may be there once; by name. */
const VALUES: ReadonlyMap<string, Member> = new Map<string, Member>([
  ['connection', 'connection'],
  ['content-type', 'contentType'],
  ['content-length', 'contentLength'],
  ['traceparent', 'traceparent'],
])

/** Lines that make a request another thing than a head and a body of known length, or its connection another than one that is asked again. */
const SPECIAL: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'upgrade',
  'expect',
  'trailer',
  'te',
  'proxy-connection',
  'http2-settings',
])

/** Lengths of all these names: most lines are told apart by it alone. */
const LENGTHS: ReadonlySet<number> = new Set([...VALUES.keys(), ...SPECIAL].map((name) => name.length))

/**
 * Reads the head of a request, without the empty line behind it, where it is a plain one. Nothing is said of all others: they may be just as good, and are for a parser that knows everything.
 * So this reads no more than it is sure of, and there is no request that it turns away.
 */
export function readPlainHead(text: string, limits: HeadLimits): PlainHead | undefined {
  const end = text.indexOf('\r\n')
  const [, method = '', target = ''] = REQUEST_LINE.exec(end === -1 ? text : text.slice(0, end)) ?? []
  const lines = method === '' || end === -1 ? undefined : readFields(text.slice(end + 2))
  if (lines === undefined) return undefined
  const draft = draftOf(lines)
  const { connection, contentType, contentLength, traceparent } = draft
  const closes = connection !== undefined && /^close$/i.test(connection)
  if (!draft.isPlain || (connection !== undefined && !closes && !/^keep-alive$/i.test(connection))) return undefined
  if (refusalOf({ method, target, version: '1.1', headers: lines }, limits) !== undefined) return undefined
  return { method, target, lines, contentType, traceparent, contentLength, closes }
}

function draftOf(lines: readonly string[]): Draft {
  const draft: Draft = { contentType: undefined, traceparent: undefined, contentLength: undefined, connection: undefined, isPlain: true }
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i] ?? ''
    if (!LENGTHS.has(name.length)) continue
    const lower = name.toLowerCase()
    const member = VALUES.get(lower)
    if (member !== undefined) {
      draft.isPlain &&= draft[member] === undefined
      draft[member] = lines[i + 1]
    } else if (SPECIAL.has(lower)) draft.isPlain = false
  }
  return draft
}
