import fc from 'fast-check'
import {
  buildSchema,
  execute,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  responsePathAsArray,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'
import { expect, test } from 'vitest'
import { executedOf } from '../../../src/core/comparison/executed.ts'
import { readJson } from '../../../src/core/comparison/json.ts'
import { Locator } from '../../../src/core/comparison/locate.ts'
import type { Path } from '../../../src/core/comparison/path.ts'

/** Draws numbers below a bound, the same ones for the same seed. */
type Draw = (bound: number) => number

function drawing(seed: number): Draw {
  let state = seed
  return (bound) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor(state / 65_536) % bound
  }
}

const WRAPPINGS = ['', '!', '[]', '[!]!', '[[]]'] as const

/** Some objects that share fields of an interface, a union of them, and fields from each to all. */
function schemaOf(draw: Draw): GraphQLSchema {
  const objects = Array.from({ length: 2 + draw(3) }, (_, index) => `T${index}`)
  const targets = [...objects, 'Any', 'Named', 'String', 'Int']
  const typeOf = (): string => {
    const [target = '', wrapping = ''] = [targets[draw(targets.length)], WRAPPINGS[draw(WRAPPINGS.length)]]
    return wrapping.startsWith('[') ? wrapping.replace(/\[(\[?)/, `[$1${target}`) : `${target}${wrapping}`
  }
  const fields = (): string => Array.from({ length: 1 + draw(4) }, (_, index) => `f${index}: ${typeOf()}`).join(' ')
  const types = objects.map((name) => `type ${name} implements Named { id: ID name: String ${fields()} }`)
  return buildSchema(
    `interface Named { id: ID name: String } union Any = ${objects.join(' | ')} ${types.join(' ')} type Query { ${fields()} g: Any h: [Named] }`,
  )
}

/** Selections on a type: fields under other names, conditions, and the name of the type every other time. */
function selectionsOf(schema: GraphQLSchema, type: string, draw: Draw, depth: number): string {
  const parts = draw(2) === 0 ? ['__typename'] : []
  const definition = schema.getType(type)
  if (isObjectType(definition) || isInterfaceType(definition)) {
    for (const [name, { type: output }] of Object.entries(definition.getFields())) {
      const target = getNamedType(output)
      // A type of its own in each name: selections on one object can always be merged.
      const key = draw(3) === 0 ? `${type}_${name}: ${name}` : isLeafType(target) && type === 'Named' ? name : `${type}__${name}: ${name}`
      if (isLeafType(target)) parts.push(key)
      else if (depth > 0) parts.push(`${key} ${selectionsOf(schema, target.name, draw, depth - 1)}`)
    }
  }
  if (isAbstractType(definition) && depth > 0)
    for (const { name } of schema.getPossibleTypes(definition)) {
      if (draw(3) > 0) parts.push(`... on ${name} ${selectionsOf(schema, name, draw, depth - 1)}`)
    }
  return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`
}

/** Answers a document with drawn data; remembers which field was resolved where. */
function run(schema: GraphQLSchema, document: string, draw: Draw) {
  const resolved: { readonly path: Path; readonly coordinate: string }[] = []
  const make = (type: GraphQLOutputType): unknown => {
    if (isNonNullType(type)) return make(type.ofType)
    if (draw(10) === 0) return null
    if (isListType(type)) return Array.from({ length: draw(3) }, () => make(type.ofType))
    if (isLeafType(type)) return draw(99)
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
    return { type: possible[draw(possible.length)]?.name }
  }
  const answer = execute({
    schema,
    document: parse(document),
    fieldResolver: (_source, _args, _context, { path, parentType, fieldName, returnType }) => {
      resolved.push({ path: ['data', ...responsePathAsArray(path)], coordinate: `${parentType.name}.${fieldName}` })
      return make(returnType)
    },
    typeResolver: (value: { type: string }) => value.type,
  })
  return { answer, resolved }
}

test('places of generated answers to generated documents are what a real execution of the generated schema says', () => {
  const counts: Record<string, number> = {}
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const draw = drawing(seed)
      const schema = schemaOf(draw)
      const document = selectionsOf(schema, 'Query', draw, 3)
      const { answer, resolved } = run(schema, document, draw)
      const executed = executedOf(parse(document), undefined, {})
      const read = readJson(JSON.stringify(answer), { depth: 100, nodes: 100_000 })
      if (executed === undefined || !('json' in read)) throw new Error('the document and the answer are ours')
      const locator = new Locator(executed, schema, read.json)
      for (const { path, coordinate } of resolved) {
        const { resolution = 'none', whole, fields = [] } = locator.locate(path) ?? {}
        counts[resolution] = (counts[resolution] ?? 0) + 1
        expect(whole).toBe(true)
        const names = fields.map(({ parent, name }) => `${parent}.${name}`)
        expect(resolution === 'exact' || resolution === 'inferred' ? names : names.filter((name) => name === coordinate)).toEqual([
          coordinate,
        ])
      }
    }),
    { numRuns: 200 },
  )
  // The documents really exercise all of them, and nothing else.
  expect(Object.keys(counts).filter((name) => !['exact', 'inferred', 'declared', 'ambiguous'].includes(name))).toEqual([])
  expect(counts['exact']).toBeGreaterThan(1_000)
  expect(counts['inferred']).toBeGreaterThan(10)
})
