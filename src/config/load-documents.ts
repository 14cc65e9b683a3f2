import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { filesOf } from './files.ts'
import { readManifest, type ManifestEntry } from './manifests.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

/** The stored documents that the config names, by id. One id is one document. */
export function loadDocuments(
  config: Config,
  folder: string,
  yaml: YamlFile,
  cwd: string,
): { readonly entries: readonly ManifestEntry[]; readonly problems: readonly Problem[] } {
  const { files, problems } = filesOf('persisted.manifests', config.persisted.manifests, folder, yaml)
  const entries = new Map<string, string>()
  for (const path of files) {
    const read = readManifest(relative(cwd, path), readFileSync(path, 'utf8'))
    problems.push(...read.problems)
    for (const [id, document] of read.entries) {
      if ((entries.get(id) ?? document) !== document)
        problems.push({ file: relative(cwd, path), message: `two documents are called \`${id}\``, fix: 'give each an id of its own' })
      entries.set(id, document)
    }
  }
  return { entries: [...entries], problems }
}
