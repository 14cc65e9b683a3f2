import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { parseDocument } from '../core/comparison/executed.ts'

/** Parsed, a document takes 40 to 100 times its characters: a tenth of the thread's heap at the most. */
const MAX_CHARACTERS = 500_000
const MAX_DOCUMENTS = 2_000

/** The documents that pairs were compared by, parsed; the latest of them. */
export class ParsedDocuments {
  readonly #known = new LRUCache<string, { readonly document: DocumentNode | undefined }>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  })

  /** Nothing for what is no document. */
  readonly of = (text: string): DocumentNode | undefined => {
    const known = this.#known.get(text) ?? { document: parseDocument(text) }
    this.#known.set(text, known)
    return known.document
  }

  /** Characters of what is remembered. */
  get characters(): number {
    return this.#known.calculatedSize
  }
}
