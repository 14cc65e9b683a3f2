import { readdirSync, readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CLASSES, type Comparison, type Difference } from '../../../src/core/comparison/comparison.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'
import { compare } from './pairs.ts'

const FOLDER = new URL('../../golden/compare/', import.meta.url)

/** One pair of answers as two real servers give them, and what is told of it. A new case is a new file. */
interface Case {
  readonly why: string
  readonly document?: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly rules?: readonly Rule[]
  readonly status?: readonly [number, number]
  readonly headers?: readonly [readonly string[], readonly string[]]
  /** SDL of the candidate where it is not that of legacy. */
  readonly schema?: string
  readonly legacy: unknown
  readonly candidate: unknown
  readonly expect: {
    readonly class: string
    readonly verdict: string
    readonly differences?: readonly string[]
    readonly suppressed?: readonly string[]
  }
}

const sdl = readFileSync(new URL('schema.graphql', FOLDER), 'utf8')
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))
const cases = files.map((name): readonly [string, Case] => [name, parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Case]) // the files are ours

function line({ class: name, kind, path, coordinate, resolution, legacy, candidate, relation, rule }: Difference): string {
  const parts = [
    `${name}/${kind}`,
    path === '' ? '(answer)' : path,
    coordinate,
    resolution,
    `${legacy.shape} → ${candidate.shape}`,
    relation,
    rule === undefined ? undefined : `by ${rule}`,
  ]
  return parts.filter((part) => part !== undefined).join(' | ')
}

function told({ class: name, verdict, differences, suppressed }: Comparison): Case['expect'] {
  return {
    class: name,
    verdict,
    ...(differences.length === 0 ? {} : { differences: differences.map(line) }),
    ...(suppressed.length === 0 ? {} : { suppressed: suppressed.map(line) }),
  }
}

describe('a golden case', () => {
  test.each(cases)('%s', (_name, { legacy, candidate, schema = sdl, document, variables, rules, status, headers, expect: expected }) => {
    const comparison = compare(legacy, candidate, {
      schemas: { legacy: buildSchema(sdl), candidate: buildSchema(schema) },
      ...(document === undefined ? {} : { document }),
      ...(variables === undefined ? {} : { variables }),
      ...(rules === undefined ? {} : { rules }),
      ...(status === undefined ? {} : { status }),
      ...(headers === undefined ? {} : { headers }),
    })
    expect(told(comparison)).toEqual(expected)
  })

  test('is there for every class', () => {
    expect(CLASSES.filter((name) => !cases.some(([, { expect: expected }]) => expected.class === name))).toEqual([])
  })
})
