import { describe, expect, test } from 'vitest'
import { boundaryOf, MAX_OPERATIONS_BYTES, operationsIn } from '../../../src/core/operation/upload.ts'

const JSON_PART = '{"query":"mutation { m }"}'
const part = (head: string, content = JSON_PART): string => `--b\r\n${head}\r\n\r\n${content}\r\n--b\r\n`
const NAMED = 'Content-Disposition: form-data; name="operations"'

const read = (body: string): string => operationsIn(Buffer.from(body), 'b').toString()

describe('the operations of an upload', () => {
  test.each<[string, string, string]>([
    ['named as clients do', part(NAMED), JSON_PART],
    ['with a media type', part(`${NAMED}\r\ncontent-type: application/json`), JSON_PART],
    ['with a charset', part(`${NAMED}\r\nContent-Type: application/json; charset="UTF-8"`), JSON_PART],
    ['as OkHttp sends them', part(`${NAMED}\r\nContent-Transfer-Encoding: binary\r\nContent-Length: ${JSON_PART.length}`), JSON_PART],
    ['with another charset', part(`${NAMED}\r\nContent-Type: application/json; charset=utf-7`), 'none'],
    ['in a coding that some undo', part(`${NAMED}\r\nContent-Transfer-Encoding: base64`), 'none'],
    ['named twice', part(`${NAMED}\r\n${NAMED.replace('operations', 'map')}`), 'none'],
    ['without quotes', part('content-disposition: form-data; name=operations'), JSON_PART],
    ['that are the last part', `--b\r\n${NAMED}\r\n\r\n{}\r\n--b--`, '{}'],
    ['that are empty', part(NAMED, ''), ''],
    ['of another name', part('content-disposition: form-data; name="operation"'), 'none'],
    ['that are a file', part(`${NAMED}; filename="a"`), 'none'],
    ['named in another line', part('content-type: text/plain\r\nx: name="operations"'), 'none'],
    ['behind a preamble', `preamble\r\n${part(NAMED)}`, 'none'],
    ['that never end', `--b\r\n${NAMED}\r\n\r\n${'x'.repeat(MAX_OPERATIONS_BYTES)}`, 'none'],
  ])('%s', (_name, body, expected) => {
    expect(read(body)).toBe(expected)
  })

  test('are waited for, byte by byte, until they are all there', () => {
    const body = part(NAMED)
    const end = body.indexOf('\r\n--b', 4) + '\r\n--b'.length
    for (let length = 0; length < end; length += 1) expect([length, read(body.slice(0, length))]).toEqual([length, 'more'])
    expect(read(body.slice(0, end))).toBe(JSON_PART)
  })
})

test.each<[string, string | undefined]>([
  ['multipart/form-data; boundary=b', 'b'],
  ['Multipart/Form-Data;charset=utf-8; boundary="a b"', 'a b'],
  ['multipart/form-data', undefined],
  ['multipart/mixed; boundary=b', undefined],
  ['application/json', undefined],
])('the boundary of %s is %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary)
})
