import { LRUCache } from 'lru-cache'
import type { LoadedConfig } from '../config/loaded.ts'
import { isHashOf, normalId } from '../core/operation/document-id.ts'

/** Characters and number of documents that are remembered of those that clients sent with their hash. */
const MAX_CHARACTERS = 8_000_000
const MAX_DOCUMENTS = 5_000

/** Characters of documents that one edge tells the others at a time. */
const MAX_FRESH_CHARACTERS = 500_000

/** What a client sent together with its hash. */
export type LearntDocument = readonly [id: string, text: string]

/**
 * Texts of stored documents by their ids: those of the manifests, and those that clients sent with their hash (PD-4). A text is only ever found under its own
 * hash, so nobody can put one in another's place; and what clients send cannot push out a manifest. Never written to disk: documents may hold literals.
 */
export class DocumentStore {
  readonly #manifest: ReadonlyMap<string, string>
  readonly #learnt = new LRUCache<string, string>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (text) => text.length + 1,
  })

  readonly #learns: boolean
  /** Learnt and not told to the other edges yet. */
  #fresh: LearntDocument[] = []
  #freshCharacters = 0

  constructor({ documents, config }: Pick<LoadedConfig, 'documents' | 'config'>) {
    this.#learns = config.persisted.learn
    this.#manifest = new Map(documents.map(([id, text]) => [normalId(id), text]))
  }

  find(id: string): string | undefined {
    return this.#manifest.get(id) ?? this.#learnt.get(id)
  }

  /**
   * Takes a text that came with its hash, and remembers it where that is wanted.
   * @returns `refused` where it is the hash of something else
   */
  learn(id: string, text: string): 'learnt' | 'known' | 'refused' {
    // Most documents were seen before, and then two texts are compared instead of hashing one.
    if (this.find(id) === text) return 'known'
    if (!isHashOf(id, text)) return 'refused'
    if (!this.#learns) return 'known'
    this.#learnt.set(id, text)
    this.#freshen([id, text])
    return 'learnt'
  }

  /** Whoever was told knows nothing any more: what is used most is fresh again, within the same bounds. */
  tellAgain(): void {
    this.takeFresh()
    for (const document of this.learnt) this.#freshen(document)
  }

  /** Takes what other edges learnt. */
  adopt(documents: readonly LearntDocument[]): void {
    for (const [id, text] of documents) this.#learnt.set(id, text)
  }

  /** What was learnt since the last time, within bounds: a flood of invented documents must not become one of messages. */
  takeFresh(): readonly LearntDocument[] {
    const fresh = this.#fresh
    this.#fresh = []
    this.#freshCharacters = 0
    return fresh
  }

  #freshen(document: LearntDocument): void {
    this.#freshCharacters += document[1].length
    if (this.#freshCharacters <= MAX_FRESH_CHARACTERS) this.#fresh.push(document)
  }

  /** Everything that was learnt, the most recently used first. */
  get learnt(): readonly LearntDocument[] {
    return [...this.#learnt.entries()]
  }
}
