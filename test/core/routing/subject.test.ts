import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSubjectOf, type SubjectSource } from '../../../src/core/routing/subject.ts'

const ADDRESS = '203.0.113.7'
const base64 = (text: string): string => Buffer.from(text).toString('base64url')
const bearer = (payload: string): readonly string[] => ['Authorization', `Bearer ${base64('{"alg":"none"}')}.${base64(payload)}.sig`]

describe('a subject', () => {
  test.each<[string, SubjectSource | undefined, readonly string[], string]>([
    ['is the client address where no source is set', undefined, ['X-User-Id', 'u1'], ADDRESS],
    ['is what the header says', { header: 'X-User-Id' }, ['x-user-id', 'u1'], 'u1'],
    ['is the client address where the header is missing', { header: 'x-user-id' }, [], ADDRESS],
    ['is the client address where the header is empty', { header: 'x-user-id' }, ['x-user-id', ''], ADDRESS],
    ['is a cookie', { cookie: 'sid' }, ['Cookie', 'a=1; sid=s=2; b=3'], 's=2'],
    ['is a cookie of a later line', { cookie: 'sid' }, ['Cookie', 'a=1', 'cookie', 'sid=s'], 's'],
    ['is no cookie whose name only ends alike', { cookie: 'sid' }, ['Cookie', 'xsid=1; sid2=2'], ADDRESS],
    ['is a claim', { claim: 'sub' }, bearer('{"sub":"u1"}'), 'u1'],
    ['is a claim that is a number', { claim: 'uid' }, bearer('{"uid":42}'), '42'],
    ['is no claim that is an object', { claim: 'sub' }, bearer('{"sub":{}}'), ADDRESS],
    ['is no claim that the prototype has', { claim: 'constructor' }, bearer('{}'), ADDRESS],
    ['is no claim of a list', { claim: 'length' }, bearer('null'), ADDRESS],
    ['is no claim of a token that is no JWT', { claim: 'sub' }, ['Authorization', 'Bearer opaque'], ADDRESS],
    ['is no claim of a payload that is no JSON', { claim: 'sub' }, bearer('{'), ADDRESS],
    ['is no claim of another scheme', { claim: 'sub' }, ['Authorization', 'Basic dTpw'], ADDRESS],
  ])('%s', (_name, source, headers, subject) => {
    expect(createSubjectOf(source)(headers, () => ADDRESS)).toBe(subject)
  })

  test('is never longer than 256 characters, and never a reason to throw', () => {
    const source = fc.constantFrom<SubjectSource>({ header: 'authorization' }, { cookie: 'a' }, { claim: 'sub' })
    const line = fc.oneof(
      fc.string({ maxLength: 2_000 }),
      fc.string({ maxLength: 50 }).map((text) => bearer(text)[1] ?? ''),
    )
    fc.assert(
      fc.property(source, line, (of, value) => {
        const subject = createSubjectOf(of)(['Authorization', value, 'Cookie', `a=${value}`], () => ADDRESS)
        expect(subject.length).toBeGreaterThan(0)
        expect(subject.length).toBeLessThanOrEqual(256)
      }),
    )
  })
})
