import { z } from 'zod'
import { isHashOf, normalId } from '../core/operation/document-id.ts'
import type { Problem } from './problem.ts'

/** A document that a backend has stored, with the id that clients send for it. */
export type ManifestEntry = readonly [id: string, document: string]

/** Ids and documents in one object, as Relay's compiler and the client preset of GraphQL Code Generator write it. */
const Plain = z.record(z.string().min(1), z.string().min(1))

/** Apollo's operation manifest. */
const Apollo = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
})

/** Reads one manifest of stored documents. An id that looks like a sha256 must be the hash of its text, or requests would be taken for others. */
export function readManifest(
  file: string,
  text: string,
): { readonly entries: readonly ManifestEntry[]; readonly problems: readonly Problem[] } {
  const entries = entriesOf(text)
  if (entries === undefined) {
    const fix = 'write { "<id>": "<document>" }, or Apollo\'s manifest'
    return { entries: [], problems: [{ file, message: 'is no manifest of stored documents', fix }] }
  }
  const wrong = entries.filter(([id, document]) => normalId(id).startsWith('sha256:') && !isHashOf(normalId(id), document))
  const problems = wrong.map(([id]) => ({
    file,
    message: `\`${id}\` is not the sha256 of its document`,
    fix: 'make the manifest anew: the hash is of the exact text',
  }))
  return { entries, problems }
}

function entriesOf(text: string): readonly ManifestEntry[] | undefined {
  try {
    const json: unknown = JSON.parse(text)
    const apollo = Apollo.safeParse(json)
    if (apollo.success) return apollo.data.operations.map(({ id, body }) => [id, body])
    const plain = Plain.safeParse(json)
    return plain.success ? Object.entries(plain.data) : undefined
  } catch {
    return undefined // not JSON
  }
}
