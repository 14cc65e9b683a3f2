/** A backend's own GraphQL path with the client's query string. */
export function graphqlTarget(path: string, target: string): string {
  const query = target.indexOf('?')
  if (query === -1) return path
  return path.includes('?') ? `${path}&${target.slice(query + 1)}` : path + target.slice(query)
}
