import { OPERATION_TYPES } from '../core/operation/operation.ts'
import { nearest } from './nearest.ts'

const NAME = /^[\w*~]+(#[0-9a-f*]+)?$/
/** Of operations that are known by their path: `GET /users/{id}`, `POST *`, `/graphql`. */
const PATH = /^([A-Z*]+ ?)?([/*][\w.~!$&'()+,=:@{}*/-]*)?(#[0-9a-f*]+)?$/

/** What is wrong with a pattern of operation keys, if anything: it has to begin with a type of operation. */
export function patternProblem(pattern: string): { readonly message: string; readonly fix: string } | undefined {
  const [type = '', ...rest] = pattern.split(':')
  if (pattern === '*') return undefined
  if (type !== '*' && !OPERATION_TYPES.some((known) => known === type)) {
    const like = nearest(type, OPERATION_TYPES)
    return {
      message: `unknown operation \`${pattern}\``,
      fix: `a pattern is \`*\` or <type>:<name>${like === undefined ? '' : `; did you mean \`${[like, ...rest].join(':')}\`?`}`,
    }
  }
  const name = rest.join(':')
  if (!NAME.test(name) && (name === '' || GRAPHQL.has(type) || !PATH.test(name)))
    return { message: `\`${pattern}\` names no operation`, fix: 'write for example query:GetUser, mutation:* or read:GET /users/{id}' }
  return undefined
}

const GRAPHQL: ReadonlySet<string> = new Set(['query', 'mutation', 'subscription'])
