import { expect, test } from 'vitest'
import { ParsedDocuments } from '../../src/app/parsed-documents.ts'

test('a document is parsed once, and what is none stays none', () => {
  const documents = new ParsedDocuments()
  expect(documents.of('{ a }')).toMatchObject({ kind: 'Document' })
  expect(documents.of('{ a }')).toBe(documents.of('{ a }'))
  expect([documents.of('{'), documents.of('{')]).toEqual([undefined, undefined])
})

test('many large documents take no more room than a few: the oldest are forgotten', () => {
  const documents = new ParsedDocuments()
  const large = (nth: number): string => `{ a${nth}(b: X${'y'.repeat(60_000)}) }`
  const first = documents.of(large(0))
  for (let nth = 1; nth < 100; nth += 1) {
    documents.of(large(nth))
    expect(documents.characters).toBeLessThanOrEqual(500_000)
  }
  expect(documents.of(large(0))).not.toBe(first)
})
