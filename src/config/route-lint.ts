import { restOperation } from '../core/operation/rest.ts'
import { readTemplate, relationOf, type Template } from '../core/operation/template.ts'
import { flagKey } from '../core/routing/flag.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

type Route = Config['routes'][number]

interface Read {
  readonly route: Route
  readonly index: number
  readonly template: Template
}

/** What a route table can say and nobody can mean, or nobody can decide. */
export function lintRoutes({ routes, listen }: Pick<Config, 'routes' | 'listen'>, yaml: YamlFile): readonly Problem[] {
  const problems: Problem[] = []
  const read: Read[] = []
  for (const [index, route] of routes.entries()) {
    const template = readTemplate(route.path)
    if (typeof template === 'string') problems.push(noTemplate(yaml, index, route, template))
    else read.push({ route, index, template })
    problems.push(...memberProblems(route, index, yaml))
  }
  for (const one of read) {
    if (one.route.path === listen.path)
      problems.push(
        yaml.problem(
          ['routes', one.index, 'path'],
          `${one.route.path} is the path of GraphQL`,
          'its operations are told by what they ask for',
        ),
      )
    for (const other of read.slice(0, read.indexOf(one))) problems.push(...pairProblems(other, one, yaml))
  }
  return [...problems, ...flagProblems(read, yaml)]
}

function noTemplate(yaml: YamlFile, index: number, { path }: Route, problem: string): Problem {
  return yaml.problem(['routes', index, 'path'], `the path \`${path}\` ${problem}`, 'write for example /users/{id}/posts or /static/*')
}

function memberProblems({ methods, backend, name, effect, maps }: Route, index: number, yaml: YamlFile): readonly Problem[] {
  if ((methods === undefined) === (backend === undefined))
    return [yaml.problem(['routes', index], 'a route has either `methods` or `backend`', 'name the methods to make operations of them')]
  const key = Object.entries({ name, effect, maps }).find(([, value]) => value !== undefined)?.[0]
  return backend !== undefined && key !== undefined
    ? [
        yaml.problem(
          ['routes', index, key],
          `what is passed to a backend has no \`${key}\``,
          'take it out, or name methods in place of backend',
        ),
      ]
    : []
}

/** Two lines for one path are one route, as long as they are about different methods. */
function pairProblems(before: Read, { route, index, template }: Read, yaml: YamlFile): readonly Problem[] {
  const relation = relationOf(before.template, template)
  if (relation === 'crossing') {
    const fix = 'add a route for the paths that both have, or make one of them more specific everywhere'
    return [yaml.problem(['routes', index, 'path'], `${route.path} and ${before.route.path} overlap, and neither is more specific`, fix)]
  }
  if (relation !== 'same') return []
  if (before.template.segments.length !== template.segments.length || !isSameSpelling(before.route.path, route.path))
    return [
      yaml.problem(['routes', index, 'path'], `many servers take ${route.path} and ${before.route.path} for one path`, 'keep one spelling'),
    ]
  const twice = (route.methods ?? ['backend']).find((method) => (before.route.methods ?? ['backend']).some((other) => other === method))
  return twice === undefined
    ? []
    : [
        yaml.problem(
          ['routes', index],
          `${twice === 'backend' ? 'the backend' : twice} of ${route.path} is there twice`,
          'keep one of them',
        ),
      ]
}

function isSameSpelling(one: string, other: string): boolean {
  const bare = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}')
  return bare(one) === bare(other)
}

/** Operations of one name share a flag because somebody wanted it; two others must not. */
function flagProblems(read: readonly Read[], yaml: YamlFile): readonly Problem[] {
  const owners = new Map<string, string>()
  return read.flatMap(({ route: { path, methods = [], name, effect }, index }) =>
    methods.flatMap((method) => {
      const operation = restOperation(method, path, { name, effect })
      const flag = flagKey(operation)
      const owner = owners.get(flag)
      owners.set(flag, operation.document)
      return owner === undefined || name !== undefined || owner === operation.document
        ? []
        : [
            yaml.problem(
              ['routes', index, 'path'],
              `${method} ${path} and ${owner} would share the flag ${flag}`,
              'give one of them a name',
            ),
          ]
    }),
  )
}
