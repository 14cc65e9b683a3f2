import fc from 'fast-check'

/** One exchange, each side in the pieces that it sends, in latin1. */
export interface RandomExchange {
  readonly method: string
  readonly request: readonly string[]
  readonly answer: readonly string[]
  /** The end of the connection belongs to the answer: ends it, or cuts it. */
  readonly ends: boolean
}

type Line = readonly [name: string, value: string]

const NAMES = [
  'X-A',
  'x-a',
  'X-B',
  'Accept',
  'Cookie',
  'Set-Cookie',
  'set-cookie',
  'If-None-Match',
  'Range',
  'ETag',
  'Via',
  "x!#$%&'*+-.^_`|~",
  '__proto__',
]
const VALUES = ['', 'a', 'a,b, c ,,d', 'a\tb  c', '"q\\"uo"; x=y', '\u00fc\u00ff\u0080', ':', 'v'.repeat(3_000)]
const BLANKS = ['', ' ', ' ', '\t', ' \t ']
/** What is beside the edges of pages, pieces and chunks. */
const SIZES = [0, 1, 2, 15, 16, 17, 255, 256, 4_095, 4_096, 4_097, 16_383, 16_384, 16_385, 65_536, 70_000]
/** Whoever looks for the end of a message in its body finds one. */
const TRAP = '0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\u0000\u00ff'

const lines = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES)), { maxLength: 6 })
const body = fc.constantFrom(...SIZES).map((bytes) => TRAP.repeat(bytes / TRAP.length + 1).slice(0, bytes))
const GRAPHQL = ['{"query":"query Q { a }"}', '{"query":"mutation M { a }"}', '[{"query":"{ a }"}]', '{', '']
const trailers = fc.constantFrom<Line[]>(
  [],
  [],
  [['X-Sum', '\u00fc']],
  [
    ['X-Sum', '1'],
    ['x-sum', ''],
    ['X-B', 'b'],
  ],
)

const written = (all: readonly Line[], blank: string): string => all.map(([name, value]) => `${name}:${blank}${value}${blank}\r\n`).join('')

/** A text in the pieces that some of its places cut it into. */
const inPieces = (text: string, places: readonly number[]): string[] => {
  const cuts = [0, ...places.map((place) => place % (text.length + 1)).toSorted((one, other) => one - other), text.length]
  return cuts
    .slice(1)
    .map((cut, index) => text.slice(cuts[index], cut))
    .filter((piece) => piece !== '')
}
const places = fc.oneof(fc.constant([]), fc.array(fc.nat(100_000), { maxLength: 6 }), fc.array(fc.nat(300), { maxLength: 6 }))

const inChunks = (text: string, size: number, extension: string, behind: readonly Line[]): string => {
  const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size))
  return `${parts.map((part) => `0${part.length.toString(16).toUpperCase()}${extension}\r\n${part}\r\n`).join('')}0\r\n${written(behind, ' ')}\r\n`
}
const chunking = fc.record({ size: fc.constantFrom(1_000, 16_384, 100_000), extension: fc.constantFrom('', ';a="b;c"'), trailers })
const chunked = (text: string, { size, extension, trailers: behind }: { size: number; extension: string; trailers: Line[] }): string =>
  `Transfer-Encoding: chunked\r\n\r\n${inChunks(text, size, extension, behind)}`

const request = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PURGE'),
    target: fc.constantFrom('/graphql', '/graphql', '/graphql?query=%7Ba%7D', '/x', '//a/../b?c=%zz', '/%67raphql'),
    lines,
    blank: fc.constantFrom(...BLANKS),
    type: fc.constantFrom(
      '',
      'Content-Type: application/json\r\n',
      'content-type: text/plain\r\n',
      'Content-Type: multipart/form-data; boundary=x\r\n',
    ),
    framing: fc.constantFrom('none', 'length', 'chunks'),
    body: fc.oneof(body, fc.constantFrom(...GRAPHQL)),
    chunking,
    places,
  })
  .map((all) => {
    const framed = {
      none: '\r\n',
      length: `Content-Length: ${all.body.length}\r\n\r\n${all.body}`,
      chunks: chunked(all.body, all.chunking),
    }
    const head = `${all.method} ${all.target} HTTP/1.1\r\nHost: shop.example\r\n${written(all.lines, all.blank)}${all.type}`
    return { method: all.method, pieces: inPieces(head + framed[all.framing], all.places) }
  })

const answer = fc
  .record({
    interim: fc.constantFrom('', '', '', 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=x\r\nlink: b\r\n\r\n'),
    status: fc.constantFrom(
      '200 OK',
      '200 ',
      '201 Odd \u00fc',
      '204 No Content',
      '205 Reset',
      '304 Not Modified',
      '404 a\tb',
      '503 No',
      '999 Odd',
    ),
    lines,
    blank: fc.constantFrom(...BLANKS),
    framing: fc.constantFrom('length', 'length', 'chunks', 'close'),
    body,
    chunking,
    /** Where it is cut: behind its head, or behind so many parts of a thousand. */
    cut: fc.constantFrom('not', 'not', 'not', 'not', 'not', 'behind-head', 'anywhere'),
    share: fc.nat(999),
    places,
  })
  .map((all) => {
    const framed = {
      length: `Content-Length: ${all.body.length}\r\n\r\n${all.body}`,
      chunks: chunked(all.body, all.chunking),
      close: `\r\n${all.body}`,
    }
    const isBodiless = /^(204|304)/.test(all.status)
    const rest = isBodiless ? '\r\n' : framed[all.framing]
    const head = `${all.interim}HTTP/1.1 ${all.status}\r\n${written(all.lines, all.blank)}`
    // Where the end of the connection is the end of the body, it cuts nothing.
    const isCut = all.cut !== 'not' && !isBodiless && all.framing !== 'close' && all.body !== ''
    const end = all.cut === 'anywhere' ? Math.floor((rest.length * all.share) / 1_000) : rest.indexOf('\r\n\r\n') + 4
    const text = head + (isCut ? rest.slice(0, end) : rest)
    return { pieces: inPieces(text, all.places), rest, head, ends: isCut || (all.framing === 'close' && !isBodiless) }
  })

/** Exchanges that mean the same to every program, however odd they look. */
export const randomExchange: fc.Arbitrary<RandomExchange> = fc.tuple(request, answer).map(([asked, said]) => {
  const isHead = asked.method === 'HEAD'
  const headOnly = said.head + said.rest.slice(0, said.rest.startsWith('\r\n') ? 2 : said.rest.indexOf('\r\n\r\n') + 4)
  return { method: asked.method, request: asked.pieces, answer: isHead ? [headOnly] : said.pieces, ends: !isHead && said.ends }
})
