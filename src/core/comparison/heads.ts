import type { Answer } from '../exchange/exchange.ts'
import { headerValue } from '../exchange/headers.ts'
import { sides, type Finding } from './finding.ts'
import type { Json } from './json.ts'

/** Compares what comes before the bodies: the status, and the first line of each header that is asked for. */
export function compareHeads(legacy: Answer, candidate: Answer, names: readonly string[]): readonly Finding[] {
  const status = legacy.status === candidate.status ? [] : [statusFinding(legacy.status, candidate.status)]
  return [
    ...status,
    ...names.flatMap((name) => headerFinding(name, headerValue(legacy.headers, name), headerValue(candidate.headers, name))),
  ]
}

function statusFinding(legacy: number, candidate: number): Finding {
  return { class: 'status', kind: `${legacy}-to-${candidate}`, path: ['status'], ...sides(numberOf(legacy), numberOf(candidate)) }
}

function headerFinding(name: string, legacy: string | undefined, candidate: string | undefined): readonly Finding[] {
  if (legacy === candidate) return []
  const isSpelling = legacy !== undefined && candidate !== undefined && meaningOf(name, legacy) === meaningOf(name, candidate)
  const kind = isSpelling
    ? 'header-spelling'
    : legacy === undefined
      ? 'only-candidate'
      : candidate === undefined
        ? 'only-legacy'
        : 'other-value'
  return [
    {
      class: isSpelling ? 'format' : 'header',
      kind,
      path: [`header:${name}`],
      ...sides(textOf(legacy), textOf(candidate)),
      detail: () => ({ shapes: { legacy: shapeOfHeader(name, legacy), candidate: shapeOfHeader(name, candidate) } }),
    },
  ]
}

/** Lists whose order and case mean nothing (RFC 9110 sections 8.3.1 and 12.5.5, RFC 9111 section 5.2). */
const SEPARATORS: Readonly<Record<string, string>> = { 'content-type': ';', 'cache-control': ',', vary: ',' }

/** One text for each meaning of a header line. */
function meaningOf(name: string, value: string): string {
  const separator = SEPARATORS[name]
  if (separator === undefined) return value.trim()
  const parts = value.split(separator).map((part) => part.trim().toLowerCase().replaceAll('"', ''))
  // The media type itself comes first; what follows are its parameters.
  const [first = '', ...rest] = separator === ';' ? parts : ['', ...parts]
  return [first, ...rest.toSorted()].join(separator)
}

/** Words of a protocol, which can be kept. Everything else in a header may be somebody's. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'content-type': /^([a-z]+\/[a-z.+-]+|charset=[a-z0-9-]{1,20})$/,
  'cache-control':
    /^(no-store|no-cache|no-transform|private|public|immutable|must-revalidate|proxy-revalidate|must-understand|(s-maxage|max-age|stale-while-revalidate|stale-if-error)=\d+)$/,
  vary: /^(\*|accept|accept-encoding|accept-language|authorization|content-type|cookie|origin|user-agent|access-control-request-(method|headers))$/,
}

function shapeOfHeader(name: string, value: string | undefined): string {
  if (value === undefined) return 'absent'
  const [separator, words] = [SEPARATORS[name], WORDS[name]]
  if (separator === undefined || words === undefined || value.length > 200) return 'text'
  const parts = value.split(separator).map((part) => part.trim().toLowerCase().replaceAll('"', ''))
  if (parts.every((part) => words.test(part))) return value.trim().toLowerCase()
  return parts.map((part) => (words.test(part) ? part : '‹…›')).join(`${separator} `)
}

function numberOf(value: number): Json {
  return { type: 'number', text: String(value) }
}

function textOf(value: string | undefined): Json | undefined {
  return value === undefined ? undefined : { type: 'string', value }
}

/** The media type of an answer, in lower case and without parameters; empty where it names none. */
export function mediaTypeOf({ headers }: Answer): string {
  return headerValue(headers, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
