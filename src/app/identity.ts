import { isBodyDoubtful, isConditional } from '../core/exchange/headers.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import { Cursors, type CursorSettings } from '../core/operation/cursors.ts'
import { IDENTIFY_LIMITS, identifyIn, parseWithin, unclassified, type IdentifyLimits } from '../core/operation/identify.ts'
import type { BatchParams, GraphQLParams, Identified, StoredParams, UnmirrorableReason } from '../core/operation/operation.ts'
import { readParams } from '../core/operation/params.ts'
import type { Reading } from '../core/operation/profile.ts'
import { identifyByPath } from '../core/routing/by-path.ts'
import { isDisguised } from '../core/routing/route-table.ts'
import type { DocumentStore } from './document-store.ts'
import { IdentifiedDocuments } from './identified-documents.ts'

type Single = ReturnType<typeof identifyIn>

export interface IdentitySettings {
  readonly reading: Reading
  readonly documents: DocumentStore
  readonly limits?: IdentifyLimits
  /** Absent: nobody says what cursors look like. */
  readonly cursors?: CursorSettings | undefined
}

/** Identifies requests, and parses each document once. Wraps the pure function from outside: it only makes it faster. */
export function createIdentity({
  reading,
  documents,
  limits = IDENTIFY_LIMITS,
  cursors: settings,
}: IdentitySettings): (inbound: Inbound) => Identified {
  const known = new IdentifiedDocuments()

  const identifyOnce = (params: GraphQLParams): Single => {
    const cached = known.find(params)
    if (cached !== undefined) return cached
    const document = parseWithin(params.query, limits)
    if (typeof document === 'string') return known.unreadable(params.query, unclassified(document))
    return known.remember(params, identifyIn(document, params), document)
  }

  const identifyHashed = (params: GraphQLParams, hash: string): Single => {
    const identified = identifyOnce(params)
    if (identified.kind === 'unclassified') return identified
    // Most servers refuse a hash of something else; one that goes by the hash would run another text.
    return documents.learn(hash, params.query) === 'refused' ? unclassified('ambiguous') : identified
  }

  const identifyStored = ({ stored, ...rest }: StoredParams): Single => {
    const query = documents.find(stored.id)
    if (query === undefined) return unclassified('unknown-document')
    const identified = identifyOnce({ ...rest, query })
    return identified.kind === 'operation' && stored.isHash ? { ...identified, attach: query } : identified
  }

  const identifyEntry = (params: GraphQLParams | StoredParams): Single => {
    if ('stored' in params) return identifyStored(params)
    return params.hash === undefined ? identifyOnce(params) : identifyHashed(params, params.hash)
  }

  const cursors = settings === undefined ? undefined : new Cursors(settings)

  const identifyAlone = (params: GraphQLParams | StoredParams): Single => {
    const identified = identifyEntry(params)
    if (cursors === undefined || identified.kind === 'unclassified') return identified
    return cursors.areOfLegacy(identified.operation, params.variables) ? { ...identified, continues: 'legacy' } : identified
  }

  const lengthOf = (entry: GraphQLParams | StoredParams): number =>
    ('stored' in entry ? documents.find(entry.stored.id) : entry.query)?.length ?? 0

  const identifyBatch = ({ entries }: BatchParams): Identified => {
    // Together they may cost what one may: else a body of a megabyte would hold up everybody for half a second.
    const characters = entries.reduce((sum, entry) => sum + lengthOf(entry), 0)
    if (characters > limits.characters) return unclassified('too-large')
    const told: Extract<Single, { kind: 'operation' }>[] = []
    for (const entry of entries) {
      const identified = identifyEntry(entry)
      if (identified.kind === 'unclassified') return identified
      told.push(identified)
    }
    const unmirrorable = told.find((one) => one.unmirrorable !== undefined)?.unmirrorable
    const operations = told.map(({ operation }) => operation)
    return { kind: 'batch', operations, roots: told.map(({ roots }) => roots), ...(unmirrorable === undefined ? {} : { unmirrorable }) }
  }

  const identifyInbound = ({ method, target, headers, contentType, body, operations }: Inbound): Identified => {
    const hasBody = body !== undefined || operations !== undefined
    if (hasBody && (isBodyDoubtful(headers) || isDisguised(headers, target))) return unclassified('ambiguous')
    const params = readParams({ method, target, reading, contentType, body, operations })
    if (typeof params === 'string') return unclassified(params)
    return 'entries' in params ? identifyBatch(params) : identifyAlone(params)
  }

  return (inbound) => {
    if (inbound.operation !== undefined) return identifyByPath(inbound.operation, inbound)
    const identified = identifyInbound(inbound)
    if (identified.kind === 'unclassified') return identified
    const further = furtherReason(identified, inbound)
    return further === undefined ? identified : { ...identified, unmirrorable: further }
  }
}

/** Why a request is not mirrored besides what its document says; the first reason that holds. */
function furtherReason(identified: Exclude<Identified, { kind: 'unclassified' }>, inbound: Inbound): UnmirrorableReason | undefined {
  const { unmirrorable } = identified
  if (unmirrorable === 'mutation' && inbound.operations !== undefined) return 'upload'
  if (unmirrorable === 'mutation' && inbound.method !== 'POST') return 'mutation-by-get'
  if (unmirrorable !== undefined) return undefined
  if (inbound.operations !== undefined) return 'upload'
  return inbound.method === 'GET' && isConditional(inbound.headers) ? 'conditional' : undefined
}
