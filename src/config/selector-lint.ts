import type { KnownField, Vocabulary } from '../core/comparison/vocabulary.ts'
import { nearest } from './nearest.ts'

interface Wrong {
  readonly message: string
  readonly fix: string
}

/** Finds what a selector names that no schema has. Each form of selectors has one. */
type SelectorCheck = (found: RegExpExecArray, vocabularies: readonly Vocabulary[]) => Wrong | undefined

const META: ReadonlySet<string> = new Set(['__typename', '__schema', '__type'])

const CHECKS: readonly (readonly [RegExp, SelectorCheck])[] = [
  [/^path:(.*)$/, ([, path = '']) => (/^(data|body|errors|extensions|status|header:|\*)/.test(path) ? undefined : unreachable(path))],
  [/^field:(query|mutation|subscription)\.(.*)$/, fieldPath],
  [/^scalar:(.*)$/, (found, all) => leaf(found[1] ?? '', 'scalar', all)],
  [/^enum:(.*)$/, (found, all) => leaf(found[1] ?? '', 'enum', all)],
  [/^@(.*)$/, directive],
  [/^\*\.(\w+)$/, anyField],
  [/^(?!errors\.|extensions\.)(\w+)\.(\w+|\*)$/, coordinate],
]

/** What is wrong with a selector by the schemas of both sides; it may use the names of either. Without a schema nothing is known of most forms. */
export function selectorProblem(selector: string, vocabularies: readonly Vocabulary[]): Wrong | undefined {
  const [form, check] = CHECKS.find(([pattern]) => pattern.test(selector)) ?? []
  const found = form?.exec(selector)
  if (check === undefined || found === null || found === undefined) return undefined
  return vocabularies.length === 0 && !selector.startsWith('path:') ? undefined : check(found, vocabularies)
}

function unreachable(path: string): Wrong {
  return {
    message: `\`path:${path}\` can never match`,
    fix: `a path begins with \`data\`: write path:data.${path}`,
  }
}

function coordinate([whole, type = '', field = '']: RegExpExecArray, vocabularies: readonly Vocabulary[]): Wrong | undefined {
  const known = vocabularies.flatMap(({ types }) => types.get(type) ?? [])
  if (known.length === 0) {
    const names = vocabularies.flatMap(({ types }) => [...types.keys()])
    return wrong(`no schema has a type \`${type}\` with fields`, nearest(type, names), (like) => `${like}.${field}`)
  }
  if (field === '*' || META.has(field) || known.some((fields) => fields.has(field))) return undefined
  const names = known.flatMap((fields) => [...fields.keys()])
  return wrong(`no schema has \`${whole}\``, nearest(field, names), (like) => `${type}.${like}`)
}

function anyField([, field = '']: RegExpExecArray, vocabularies: readonly Vocabulary[]): Wrong | undefined {
  const names = vocabularies.flatMap(({ types }) => [...types.values()].flatMap((fields) => [...fields.keys()]))
  if (META.has(field) || names.includes(field)) return undefined
  return wrong(`no type has a field \`${field}\``, nearest(field, [...new Set(names)]), (like) => `*.${like}`)
}

function leaf(name: string, kind: 'scalar' | 'enum', vocabularies: readonly Vocabulary[]): Wrong | undefined {
  const namesOf = (one: 'scalar' | 'enum'): readonly string[] =>
    vocabularies.flatMap(({ scalars, enums }) => [...(one === 'scalar' ? scalars : enums)])
  if (namesOf(kind).includes(name)) return undefined
  const other = kind === 'scalar' ? 'enum' : 'scalar'
  if (namesOf(other).includes(name)) return { message: `\`${name}\` is no ${kind}`, fix: `write ${other}:${name}` }
  return wrong(`no schema has a ${kind} \`${name}\``, nearest(name, namesOf(kind)), (like) => `${kind}:${like}`)
}

function directive([, name = '']: RegExpExecArray, vocabularies: readonly Vocabulary[]): Wrong | undefined {
  const used = vocabularies.flatMap(({ types }) =>
    [...types.values()].flatMap((fields) => [...fields.values()].flatMap((field) => field.directives)),
  )
  return used.includes(name)
    ? undefined
    : wrong(`no field has the directive \`@${name}\``, nearest(name, [...new Set(used)]), (like) => `@${like}`)
}

/** Follows the path from the root, through all types that an object can have there. */
function fieldPath([, operation = '', text = '']: RegExpExecArray, vocabularies: readonly Vocabulary[]): Wrong | undefined {
  const results = vocabularies.map((vocabulary) => follow(operation as keyof Vocabulary['roots'], text.split('.'), vocabulary)) // by the form's pattern
  return results.includes(undefined) ? undefined : results[0]
}

function follow(operation: keyof Vocabulary['roots'], segments: readonly string[], vocabulary: Vocabulary): Wrong | undefined {
  let parents: readonly string[] = [vocabulary.roots[operation] ?? '']
  for (const segment of segments) {
    const name = segment.replace(/\[\]$/, '')
    if (META.has(name)) return undefined
    const candidates = parents.flatMap((parent) => [...(vocabulary.types.get(parent)?.values() ?? [])])
    const found = candidates.filter((field) => field.name === name)
    if (found.length === 0)
      return wrong(
        `\`${parents.join('|')}\` has no field \`${name}\``,
        nearest(
          name,
          candidates.map((field) => field.name),
        ),
      )
    const brackets = bracketProblem(segment, found)
    if (brackets !== undefined) return brackets
    parents = [...new Set(found.flatMap(({ type }) => vocabulary.possible.get(type) ?? []))]
  }
  return undefined
}

/** Lists are written with brackets, but a rule may mean the list itself at the end of a path. */
function bracketProblem(segment: string, found: readonly KnownField[]): Wrong | undefined {
  const hasBrackets = segment.endsWith('[]')
  if (!hasBrackets || found.some(({ isList }) => isList)) return undefined
  return { message: `\`${segment.slice(0, -2)}\` is no list`, fix: `write it without \`[]\`` }
}

function wrong(message: string, like: string | undefined, selector: (like: string) => string = (like) => like): Wrong {
  return { message, fix: like === undefined ? 'see the schemas that the config names' : `did you mean \`${selector(like)}\`?` }
}
