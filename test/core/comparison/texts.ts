import * as fc from 'fast-check'

type Texts = {
  text: string
  leaf: string
  list: string
  object: string
  /** Without a key twice in an object. */
  distinctText: string
  distinctList: string
  distinctObject: string
}

const KEYS = fc.constantFrom('a', 'b', 'id', '__proto__', 'data')
const writeList = (items: readonly string[]): string => `[${items.join(',')}]`
const writeObject = (members: readonly (readonly [string, string])[]): string =>
  `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`

/** JSON text of small values that often meet: few keys, few words, so that changed, moved and repeated parts are common. */
export const { text, distinctText } = fc.letrec<Texts>((tie) => ({
  text: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1',
    '1.0',
    '1e0',
    '2',
    '10',
    '1e1',
    '9007199254740993',
    '"9007199254740993"',
    '9007199254740992',
    '0.1',
    '0.10000000000000001',
    '""',
    '"a"',
    String.raw`"\u0061"`,
    '"b"',
    '"ab"',
    String.raw`"\u0061b"`,
    '"é"',
    '"e\u0301"',
  ),
  list: fc.array(tie('text'), { maxLength: 4 }).map(writeList),
  object: fc.array(fc.tuple(KEYS, tie('text')), { maxLength: 4 }).map(writeObject),
  distinctText: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('distinctList'), tie('distinctObject')),
  distinctList: fc.array(tie('distinctText'), { maxLength: 4 }).map(writeList),
  distinctObject: fc.uniqueArray(fc.tuple(KEYS, tie('distinctText')), { maxLength: 4, selector: ([key]) => key }).map(writeObject),
}))
