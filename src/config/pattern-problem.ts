import { nearest } from './nearest.ts'

const TYPES = ['query', 'mutation', 'subscription']

/** What is wrong with a pattern of operation keys, if anything: it has to begin with a type that GraphQL knows. */
export function patternProblem(pattern: string): { readonly message: string; readonly fix: string } | undefined {
  const [type = '', ...rest] = pattern.split(':')
  if (pattern === '*') return undefined
  if (!TYPES.includes(type) && type !== '*') {
    const like = nearest(type, TYPES)
    return {
      message: `unknown operation \`${pattern}\``,
      fix: `a pattern is \`*\` or <type>:<name>${like === undefined ? '' : `; did you mean \`${[like, ...rest].join(':')}\`?`}`,
    }
  }
  if (!/^[\w*~]+(#[0-9a-f*]+)?$/.test(rest.join(':')))
    return { message: `\`${pattern}\` names no operation`, fix: 'write for example query:GetUser, query:Get* or mutation:*' }
  return undefined
}
