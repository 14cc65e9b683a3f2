import { LRUCache } from 'lru-cache'
import type { identify } from '../core/operation/identify.ts'
import type { GraphQLParams } from '../core/operation/operation.ts'

/** Characters of documents that an edge remembers: far more than real clients have between them. */
const MAX_CHARACTERS = 16_000_000
const MAX_DOCUMENTS = 10_000
/** No document of a real client has as many operations. */
const MAX_NAMES = 200

type Single = ReturnType<typeof identify>

/** What one document is by each name that it was asked for with. */
interface ByName {
  readonly certain: ReadonlyMap<string | undefined, Single>
  /** By those that one backend does not look at. */
  readonly doubtful: ReadonlyMap<string | undefined, Single>
  readonly characters: number
}

const NONE: ByName = { certain: new Map(), doubtful: new Map(), characters: 0 }

/** What documents were found to be, the latest of them. By document first and by name then: one text of both would have to be made, and hashed, for every request. */
export class IdentifiedDocuments {
  readonly #known = new LRUCache<string, ByName>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ characters }, document) => document.length + characters + 1,
  })

  find({ query, operationName, isNameDoubtful }: GraphQLParams): Single | undefined {
    return this.#known.get(query)?.[isNameDoubtful === true ? 'doubtful' : 'certain'].get(operationName)
  }

  remember({ query, operationName, isNameDoubtful }: GraphQLParams, identified: Single): void {
    const kind = isNameDoubtful === true ? 'doubtful' : 'certain'
    const before = this.#known.get(query) ?? NONE
    const known = before[kind].size < MAX_NAMES ? before : NONE
    const characters = known.characters + (operationName?.length ?? 0) + 1
    this.#known.set(query, { ...known, characters, [kind]: new Map(known[kind]).set(operationName, identified) })
  }
}
