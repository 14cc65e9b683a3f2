/** A body of parts: its media type and how its parts are framed. */
export interface Multipart {
  readonly type: string
  readonly boundary: string
}

/** What a query with `@defer` or `@stream` brings: no release of graphql-js that servers use runs it, so it is as the two specifications have it. */
export function incremental(accept: string, query: string): { readonly head: Multipart; readonly parts: readonly string[] } {
  const isOld = !accept.includes('incrementalSpec')
  const spec = isOld ? 'deferSpec=20220824' : 'incrementalSpec=v0.2'
  const [shape, first] = query.includes('@stream')
    ? (['stream', '{"list":[1]}'] as const)
    : (['defer', '{"greet":"hello \u{1F44B}"}'] as const)
  return {
    head: { type: `multipart/mixed; boundary="-"; ${spec}`, boundary: '-' },
    parts: PARTS[shape](first, labelIn(query))[isOld ? 'old' : 'pending'],
  }
}

/** Payloads name a deferred fragment as the query does; clients label those that nobody has. */
function labelIn(query: string): string {
  const [, label] = /@defer\(label: ("[^"]*")\)/.exec(query) ?? []
  return label === undefined ? '' : `,"label":${label}`
}

/** The payloads of 2022, with their paths in each; and those since 2023, that announce what is pending. */
const PARTS = {
  defer: (data: string, label: string) => ({
    old: [`{"data":${data},"hasNext":true}`, `{"incremental":[{"path":[]${label},"data":{"late":"late"}}],"hasNext":false}`],
    pending: [
      `{"data":${data},"pending":[{"id":"0","path":[]${label}}],"hasNext":true}`,
      '{"incremental":[{"id":"0","data":{"late":"late"}}],"completed":[{"id":"0"}],"hasNext":false}',
    ],
  }),
  stream: (data: string) => ({
    old: [`{"data":${data},"hasNext":true}`, '{"incremental":[{"path":["list",1],"items":[2,3]}],"hasNext":true}', '{"hasNext":false}'],
    pending: [
      `{"data":${data},"pending":[{"id":"0","path":["list"]}],"hasNext":true}`,
      '{"incremental":[{"id":"0","items":[2,3]}],"hasNext":true}',
      '{"completed":[{"id":"0"}],"hasNext":false}',
    ],
  }),
} as const
