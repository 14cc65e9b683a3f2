/**
 * A backend's own GraphQL path with what the client sent behind ours: the id of a stored document, where that is a segment of its own, and the query string.
 * @param from where clients send GraphQL
 */
export function graphqlTarget(path: string, target: string, from: string): string {
  const query = target.indexOf('?')
  const below = target.startsWith(from) ? target.slice(from.length, query === -1 ? undefined : query) : ''
  const whole = below === '' ? path : withSegment(path, below)
  if (query === -1) return whole
  return whole.includes('?') ? `${whole}&${target.slice(query + 1)}` : whole + target.slice(query)
}

function withSegment(path: string, below: string): string {
  const query = path.indexOf('?')
  return query === -1 ? path + below : path.slice(0, query) + below + path.slice(query)
}
