import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Handler } from 'hono'

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', html: 'text/html; charset=utf-8' }
const NOT_BUILT = 'The dashboard is not built yet. Run `npm run build`, then start Banyan again.\n'

/** Serves the built dashboard from memory. Only names that were there at the start exist, so no path can lead out of the folder. */
export function serveAssets(folder: string): Handler {
  const files = existsSync(folder) ? readFolder(folder) : new Map<string, Buffer>()
  const index = files.get('/index.html')
  return (c) => {
    if (index === undefined) return c.text(NOT_BUILT, 503)
    const file = files.get(c.req.path)
    // A path of the dashboard's own: its router knows it.
    if (file === undefined) return c.body(new Uint8Array(index), 200, { 'content-type': TYPES['html'] ?? '', 'cache-control': 'no-cache' })
    const type = TYPES[c.req.path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    return c.body(new Uint8Array(file), 200, { 'content-type': type, 'cache-control': c.req.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' })
  }
}

function readFolder(folder: string): ReadonlyMap<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [`/${path.slice(folder.length).replace(/^\//, '')}`, readFileSync(path)]
    }),
  )
}
