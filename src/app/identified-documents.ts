import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { operationNames, unclassified, type identifyIn } from '../core/operation/identify.ts'
import type { GraphQLParams } from '../core/operation/operation.ts'

/** Characters that an edge remembers of documents, and of what they were found to be: far more than real clients have between them. */
const MAX_CHARACTERS = 16_000_000
const MAX_DOCUMENTS = 10_000
/** Of what one document was found to be, by all its names. Each operation has a text of its own, with all the fragments that it shares with others. */
const MAX_FOUND_CHARACTERS = 4_000_000

type Single = ReturnType<typeof identifyIn>
type Named = Pick<GraphQLParams, 'operationName' | 'isNameDoubtful'>

/** What one document is by each name that it was asked for with. */
interface ByName {
  readonly certain: ReadonlyMap<string | undefined, Single>
  /** By those that one backend does not look at. */
  readonly doubtful: ReadonlyMap<string | undefined, Single>
  readonly characters: number
  /** Of its operations. Any other name is told without another look at the document: clients can make up as many as they like. */
  readonly names: ReadonlySet<string | undefined>
  /** Several operations: a name that is in doubt says nothing. */
  readonly isSeveral: boolean
}

const UNRESOLVED = unclassified('unresolved')
const AMBIGUOUS = unclassified('ambiguous')

/** What documents were found to be, the latest of them. By document first and by name then: one text of both would have to be made, and hashed, for every request. */
export class IdentifiedDocuments {
  readonly #known = new LRUCache<string, ByName | Single>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (known, document) => document.length + ('certain' in known ? known.characters : 0) + 1,
  })

  find({ query, ...named }: GraphQLParams): Single | undefined {
    const known = this.#known.get(query)
    if (known === undefined || !('certain' in known)) return known
    return known[kindOf(named)].get(named.operationName) ?? strange(known, named)
  }

  /** A document that nobody here looks into, whatever the name. */
  unreadable(query: string, identified: Single): Single {
    this.#known.set(query, identified)
    return identified
  }

  remember({ query, ...named }: GraphQLParams, identified: Single, document: DocumentNode): Single {
    const found = this.#known.peek(query)
    const before = found !== undefined && 'certain' in found ? found : nothingOf(document)
    const own = (named.operationName?.length ?? 0) + (identified.kind === 'operation' ? identified.operation.document.length : 0) + 1
    const known = before.characters + own <= MAX_FOUND_CHARACTERS ? before : nothingOf(document)
    const kind = kindOf(named)
    this.#known.set(query, {
      ...known,
      characters: known.characters + own,
      [kind]: new Map(known[kind]).set(named.operationName, identified),
    })
    return identified
  }
}

function kindOf({ isNameDoubtful }: Named): 'certain' | 'doubtful' {
  return isNameDoubtful === true ? 'doubtful' : 'certain'
}

/** What is to be said of a name that the document does not have. */
function strange({ names, isSeveral }: ByName, { operationName, isNameDoubtful }: Named): Single | undefined {
  if (isNameDoubtful === true && isSeveral) return AMBIGUOUS
  return operationName === undefined || names.has(operationName) ? undefined : UNRESOLVED
}

function nothingOf(document: DocumentNode): ByName {
  const names = operationNames(document)
  const own = names.reduce((sum, name) => sum + (name?.length ?? 0) + 1, 0)
  return { certain: new Map(), doubtful: new Map(), characters: own, names: new Set(names), isSeveral: names.length > 1 }
}
