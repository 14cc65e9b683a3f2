import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import type { Handler } from 'hono'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const NOT_BUILT = 'The dashboard is not built yet: run `npm run build`, then start Banyan again. The API below /api works without it.\n'

interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Serves the built dashboard from memory. Only names that were there at the start exist, so no path can lead out of the folder. Paths of the dashboard's
 * own router get its page.
 */
export function serveAssets(folder: string): Handler {
  const assets = existsSync(folder) ? readFolder(folder) : new Map<string, Asset>()
  const page = assets.get('/index.html')
  return (c) => {
    if (page === undefined) return c.text(NOT_BUILT, 503)
    const asset = assets.get(c.req.path)
    // A file of an older build: a page in its place would be run as a script.
    if (asset === undefined && c.req.path.startsWith(HASHED)) return c.text('no such file; reload the page\n', 404)
    const { bytes, headers } = asset ?? page
    return c.body(bytes, 200, headers)
  }
}

/** Files here have a hash of their content in their name. */
const HASHED = '/assets/'

function readFolder(folder: string): ReadonlyMap<string, Asset> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = `/${relative(folder, file).split(sep).join('/')}`
      const headers = {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'cache-control': path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
      }
      return [path, { bytes: new Uint8Array(readFileSync(file)), headers }]
    }),
  )
}
