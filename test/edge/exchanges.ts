import type { Socket } from 'node:net'
import type { Script } from '../support/raw-http.ts'

/** One exchange on the wire, in latin1. */
export interface RawExchange {
  readonly request: string
  /** The client names no host: the backend gets its own name, for HTTP/1.1 must have one. */
  readonly hostless?: boolean
  readonly answer: Script
}

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`
const asking = (start: string, ...lines: readonly string[]): string =>
  head(`${start} HTTP/1.1`, 'Host: shop.example', 'Connection: close', ...lines)
const get = (target = '/shop', ...lines: readonly string[]): string => asking(`GET ${target}`, ...lines)
const post = (body: string, ...lines: readonly string[]): string =>
  asking('POST /graphql', 'Content-Type: application/json', `Content-Length: ${body.length}`, ...lines) + body
const ok = (body: string, ...lines: readonly string[]): string => head('HTTP/1.1 200 OK', ...lines, `Content-Length: ${body.length}`) + body
const chunked = (parts: readonly string[], ...trailers: readonly string[]): string =>
  `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`
const TEXT = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
const GRAPHQL = '{"query":"query Q { name }"}'
/** Every byte there is. */
const BYTES = String.fromCodePoint(...Array.from({ length: 256 }, (_, byte) => byte)).repeat(300)

/** Writes bytes and then breaks the connection off, without and with a reset. */
const cut = (bytes: string, how: 'fin' | 'reset') => (socket: Socket) => {
  socket.write(bytes, 'latin1', () => setTimeout(() => (how === 'fin' ? socket.destroy() : socket.resetAndDestroy()), 50))
}

/** Exchanges that must look the same through Banyan as without it. */
export const EXCHANGES: Readonly<Record<string, RawExchange>> = {
  'a GET': { request: get(), answer: ok('hello', 'Content-Type: text/plain') },
  'a GraphQL POST': { request: post(GRAPHQL), answer: ok('{"data":{"name":"x"}}', 'Content-Type: application/json') },
  'a GraphQL GET': { request: get('/graphql?query=%7Bname%7D&query=b&x='), answer: ok('{"data":null}') },
  ...Object.fromEntries(
    (
      [
        ['a document as the body', 'application/graphql', 'query Q { name }'],
        ['a form', 'application/x-www-form-urlencoded', 'query=%7Bname%7D&variables=%7B%7D'],
        ['a batch', 'application/json', `[${GRAPHQL},${GRAPHQL}]`],
        ['an empty batch', 'application/json', '[]'],
        ['a hash', 'application/json; charset=utf-8', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}'],
        ['a key twice', 'application/json', '{"query":"{ a }","query":"mutation { b }"}'],
        ['a byte order mark', 'application/json', `\u00ef\u00bb\u00bf${GRAPHQL}`],
        ['UTF-16', 'application/json; charset=utf-16', `\u00ff\u00fe${GRAPHQL.replaceAll(/./g, '$&\0')}`],
        ['a content coding', 'application/json\r\nContent-Encoding: gzip', '\u001f\u008b\b\0nonsense'],
        ['no media type', '', GRAPHQL],
      ] as const
    ).map(([name, type, body]) => [
      `GraphQL in ${name}`,
      {
        request: asking('POST /graphql', `Content-Type: ${type}`, `Content-Length: ${body.length}`) + body,
        answer: ok('{"data":{}}', 'Content-Type: application/graphql-response+json; charset=utf-8'),
      },
    ]),
  ),
  'a GraphQL GET with a body': {
    request: `${get('/graphql?query=%7Bname%7D', 'Content-Type: application/json', `Content-Length: ${GRAPHQL.length}`)}${GRAPHQL}`,
    answer: ok('{"data":null}'),
  },
  'a GraphQL HEAD': {
    request: asking('HEAD /graphql?query=%7Bname%7D'),
    answer: head('HTTP/1.1 405 Method Not Allowed', 'Allow: GET, POST'),
  },
  'a GraphQL body that is not JSON': { request: post('\u0000{{{'), answer: ok('{"errors":[]}') },
  'a GraphQL body in chunks': {
    request:
      asking('POST /graphql', 'Content-Type: application/json', 'Transfer-Encoding: chunked') +
      chunked([GRAPHQL.slice(0, 5), GRAPHQL.slice(5)]),
    answer: ok('{"data":{}}'),
  },
  'an upload in chunks': { request: asking('PUT /file', 'Transfer-Encoding: chunked') + chunked([BYTES, BYTES]), answer: ok('stored') },
  'an upload with trailers': {
    request:
      asking('PUT /file', 'Trailer: X-Sum, X-Two', 'Transfer-Encoding: chunked') +
      chunked([BYTES, 'end'], 'X-Sum: \u00fc', 'x-sum: 8', 'X-Empty:'),
    answer: ok('stored'),
  },
  'trailers behind no body, and to a backend that answers with some': {
    request: asking('PUT /file', 'TE: trailers', 'Transfer-Encoding: chunked') + chunked([], 'X-Sum: 7'),
    answer: `${TEXT}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(['hi'], 'X-Sum: 7')}`,
  },
  'a GraphQL body with trailers': {
    request: asking('POST /graphql', 'Content-Type: application/json', 'Transfer-Encoding: chunked') + chunked([GRAPHQL], 'X-Sum: 7'),
    answer: ok('{"data":{}}'),
  },
  'an upload that waits for no leave': {
    request: `${asking('PUT /file', 'Expect: 100-continue', 'Content-Length: 3')}abc`,
    answer: ok('stored'),
  },
  'leave to send an upload, and its answer': {
    request: `${asking('PUT /file', 'Expect: 100-continue', 'Content-Length: 3')}abc`,
    answer: `HTTP/1.1 100 Continue\r\n\r\n${ok('stored')}`,
  },
  'an expectation that cannot be met': {
    request: `${asking('PUT /file', 'Expect: 200-ok', 'Content-Length: 3')}abc`,
    answer: head('HTTP/1.1 417 Expectation Failed', 'Content-Length: 0'),
  },
  'an expectation of GraphQL that nobody knows': { request: post(GRAPHQL, 'Expect: more'), answer: ok('{"data":{}}') },
  'OPTIONS of a server as a whole': { request: asking('OPTIONS *'), answer: head('HTTP/1.1 204 No Content', 'Allow: GET, POST') },
  'an upload of a known length': { request: `${asking('PUT /file', `Content-Length: ${BYTES.length}`)}${BYTES}`, answer: ok('stored') },
  'a GraphQL upload': {
    request: `${asking('POST /graphql', 'Content-Type: multipart/form-data; boundary=x', `Content-Length: ${BYTES.length}`)}${BYTES}`,
    answer: ok('{"data":{}}'),
  },
  'a POST with an empty body': { request: asking('POST /x', 'Content-Length: 0'), answer: ok('') },
  'a GET with a body': { request: `${get('/x', 'Content-Length: 3')}abc`, answer: ok('') },
  'a DELETE without a body': { request: asking('DELETE /x'), answer: ok('') },
  'a PURGE': { request: asking('PURGE /x'), answer: ok('') },
  'a PROPFIND with a body': { request: `${asking('PROPFIND /x', 'Content-Length: 3')}abc`, answer: ok('') },
  'an OPTIONS preflight': {
    request: asking('OPTIONS /graphql', 'Origin: https://a.example', 'Access-Control-Request-Method: POST'),
    answer: head('HTTP/1.1 204 No Content', 'Access-Control-Allow-Origin: https://a.example', 'Vary: Origin'),
  },
  'request header lines, odd and repeated': {
    request: get(
      '/x',
      'X-A: 1',
      'x-a: 2',
      'X-Empty:',
      "X!#$%&'*+-.^_`|~: odd",
      'Cookie: a=1',
      'Cookie: b=2',
      'X-High: \u00fc\u00ff',
      'Accept-Encoding: br, x;q=0.5',
    ),
    answer: ok(''),
  },
  'two hundred header lines each way': {
    request: get('/x', ...Array.from({ length: 200 }, (_, index) => `X-Line-${index}: ${index}`)),
    answer: ok('', ...Array.from({ length: 200 }, (_, index) => `X-Line-${index}: ${index}`)),
  },
  'more header lines than Node counts': {
    request: get('/x', ...Array.from({ length: 1_500 }, (_, index) => `X${index}: 1`), 'X-Last: yes'),
    answer: ok(''),
  },
  'a long header value each way': { request: get('/x', `Cookie: ${'c'.repeat(12_000)}`), answer: ok('', `X-Long: ${'v'.repeat(12_000)}`) },
  'answer header lines, odd and repeated': {
    request: get(),
    answer: ok(
      'x',
      'SET-cookie: a=1; Path=/',
      'X-One: 1',
      'Set-Cookie: b=2',
      'x-One: 2',
      'X-Empty:',
      'X-High: \u00fc\u00ff',
      'ETag: "x"',
      'Date: long ago',
    ),
  },
  'an answer of HTTP/1.0': { request: get(), answer: 'HTTP/1.0 200 OK\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi' },
  'a reason of its own': { request: get(), answer: 'HTTP/1.1 418 I am: a teapot (really)\r\nContent-Length: 0\r\n\r\n' },
  'no reason': { request: get(), answer: 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n' },
  'a reason in UTF-8': { request: get(), answer: 'HTTP/1.1 200 d\u00c3\u00a9j\u00c3\u00a0 vu\r\nContent-Length: 0\r\n\r\n' },
  'a status that nobody knows': { request: get(), answer: 'HTTP/1.1 799 Odd\r\nContent-Length: 1\r\n\r\nx' },
  'a body of every byte, in a coding of its own': {
    request: get(),
    answer: ok(BYTES, 'Content-Encoding: gzip', 'Content-Type: application/json'),
  },
  'a short body of every byte, both ways': {
    request: asking('POST /graphql', 'Content-Type: application/octet-stream', 'Content-Length: 256') + BYTES.slice(0, 256),
    answer: ok(BYTES.slice(0, 256), 'Content-Type: application/octet-stream'),
  },
  'a POST of GraphQL whose variables are no UTF-8': {
    request: post(`${GRAPHQL.slice(0, -1)},"variables":{"a":"${BYTES.slice(128, 256)}"}}`),
    answer: ok(BYTES.slice(0, 256), 'Content-Type: application/json'),
  },
  'a body in chunks': { request: get(), answer: `${TEXT}Transfer-Encoding: chunked\r\n\r\n${chunked(['one', BYTES, 'two'])}` },
  'a body in chunks behind high bytes': {
    request: get(),
    answer: `${TEXT}X-High: \u00fc\u00ff\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(['a'])}`,
  },
  'chunks both ways, of which the answer comes behind high bytes': {
    request: asking('PUT /file', 'Transfer-Encoding: chunked') + chunked([BYTES]),
    answer: `${TEXT}X-High: \u00fc\u00ff\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(['a'])}`,
  },
  'chunks with extensions': { request: get(), answer: `${TEXT}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\none\r\n0\r\n\r\n` },
  'announced trailers': {
    request: get(),
    answer: `${TEXT}Trailer: X-Sum, X-Two\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(['hi'], 'X-Sum: 7', 'X-Two: 8')}`,
  },
  'trailers that nobody announced': { request: get(), answer: `${TEXT}Transfer-Encoding: chunked\r\n\r\n${chunked(['hi'], 'X-Sum: 7')}` },
  'trailers behind no body, repeated': {
    request: get(),
    answer: `${TEXT}Transfer-Encoding: chunked\r\n\r\n${chunked([], 'X-Sum: \u00fc', 'x-sum: 8', 'X-Empty:')}`,
  },
  'early hints before a body with trailers': {
    request: post(GRAPHQL),
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${TEXT}Transfer-Encoding: chunked\r\n\r\n${chunked(['hi'], 'X-Sum: 7')}`,
  },
  'a body that ends with the connection': { request: get(), answer: `${TEXT}\r\nhello` },
  'an empty body': { request: get(), answer: ok('') },
  'a 204': { request: get(), answer: head('HTTP/1.1 204 No Content', 'X-A: b') },
  'a 205': { request: get(), answer: head('HTTP/1.1 205 Reset Content', 'Content-Length: 0') },
  'a HEAD of a known length': { request: asking('HEAD /x'), answer: head('HTTP/1.1 200 OK', 'Content-Length: 99', 'ETag: "x"') },
  'a HEAD of an unknown length': { request: asking('HEAD /x'), answer: head('HTTP/1.1 200 OK', 'ETag: "x"') },
  'a HEAD of a body in chunks': { request: asking('HEAD /x'), answer: head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') },
  'a conditional request and its 304': {
    request: get('/x', 'If-None-Match: W/"a", "b"', 'If-Modified-Since: then'),
    answer: head('HTTP/1.1 304 Not Modified', 'ETag: "b"', 'Content-Length: 12'),
  },
  'a range and its 206': {
    request: get('/x', 'Range: bytes=0-1, 4-5', 'If-Range: "a"'),
    answer: `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab`,
  },
  'a range that cannot be': {
    request: get('/x', 'Range: bytes=9-'),
    answer: head('HTTP/1.1 416 Range Not Satisfiable', 'Content-Range: bytes */2', 'Content-Length: 0'),
  },
  'a redirect to elsewhere': {
    request: get(),
    answer: head('HTTP/1.1 302 Found', 'Location: http://127.0.0.1:1/secret', 'Content-Length: 0'),
  },
  'a redirect of a POST': {
    request: post(GRAPHQL),
    answer: head('HTTP/1.1 308 Permanent Redirect', 'Location: /graphql/', 'Content-Length: 0'),
  },
  'a challenge': {
    request: get(),
    answer: head('HTTP/1.1 401 Unauthorized', 'WWW-Authenticate: Basic', 'WWW-Authenticate: Bearer', 'Content-Length: 0'),
  },
  'a failure with advice': { request: get(), answer: head('HTTP/1.1 503 Service Unavailable', 'Retry-After: 7', 'Content-Length: 0') },
  'early hints': {
    request: get(),
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nlink: </b.css>\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Other: 1\r\n\r\n${ok('done')}`,
  },
  'a sign of life before the answer': { request: post(GRAPHQL), answer: `HTTP/1.1 102 Processing\r\n\r\n${ok('done')}` },
  'a TRACE': {
    request: asking('TRACE /x', 'Max-Forwards: 0'),
    answer: ok('TRACE /x', 'Content-Type: message/http', 'Via: 1.0 old', 'Age: 3'),
  },
  'header lines twice that should be there once': {
    request: get(),
    answer: ok('', 'Content-Type: text/plain', 'Content-type: text/html', 'Date: one', 'Date: two', 'ETag: "1"', 'ETag: "2"'),
  },
  'a client of HTTP/1.0': { request: head('GET /x HTTP/1.0', 'Host: shop.example'), answer: ok('hello') },
  'a client of HTTP/1.0 that names no host': { hostless: true, request: head('GET /x HTTP/1.0'), answer: ok('hello') },
  'a host with a port': { request: head('GET /x HTTP/1.1', 'Host: [2001:db8::1]:8080', 'Connection: close'), answer: ok('') },
  'a host with an underscore': { request: head('GET /x HTTP/1.1', 'Host: my_shop', 'Connection: close'), answer: ok('') },
  'an empty host': { request: head('GET /x HTTP/1.1', 'Host:', 'Connection: close'), answer: ok('') },
  'a body of an unknown length to a client of HTTP/1.0': { request: head('GET /x HTTP/1.0', 'Host: a'), answer: `${TEXT}\r\nhello` },
  ...Object.fromEntries(
    [
      '//two//slashes',
      '/a/../graphql',
      '/%2e%2e/x',
      '/a%00b',
      '/?',
      '/;a=b',
      '/"<>^`{|}',
      '/back\\slash',
      '/graphql/',
      '/GraphQL',
      '/gra%70hql',
      '/%',
      '/x#y',
      `/${'a'.repeat(6_000)}`,
    ].map((target) => [`the target ${target.slice(0, 20)}`, { request: get(target), answer: ok('') }]),
  ),
}

/** Exchanges that the backend breaks off: the client must not take them for whole. */
export const CUT: Readonly<Record<string, RawExchange>> = Object.fromEntries(
  (['fin', 'reset'] as const).flatMap((how) => [
    [`an announced length, by ${how}`, { request: get(), answer: cut(`${TEXT}Content-Length: 100\r\n\r\nhalf`, how) }],
    [`chunks, by ${how}`, { request: get(), answer: cut(`${TEXT}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, how) }],
    [`the middle of a chunk, by ${how}`, { request: get(), answer: cut(`${TEXT}Transfer-Encoding: chunked\r\n\r\n9\r\nhalf`, how) }],
    [`a GraphQL answer, by ${how}`, { request: post(GRAPHQL), answer: cut(`${TEXT}Content-Length: 100\r\n\r\nhalf`, how) }],
  ]),
)

/** The same where only a reset tells that something is missing. */
export const CUT_UNFRAMED: Readonly<Record<string, RawExchange>> = {
  'a body that ends with the connection': { request: get(), answer: cut(`${TEXT}\r\nhalf`, 'reset') },
  'a body that ends with the connection, for HTTP/1.0': {
    request: head('GET /x HTTP/1.0', 'Host: a'),
    answer: cut(`${TEXT}\r\nhalf`, 'reset'),
  },
  'chunks, for HTTP/1.0': {
    request: head('GET /x HTTP/1.0', 'Host: a'),
    answer: cut(`${TEXT}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, 'reset'),
  },
}
