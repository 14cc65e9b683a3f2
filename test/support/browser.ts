import { accessSync, constants, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../', import.meta.url))

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The browser of this machine: what `CHROMIUM` names, or the first known name on PATH. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = [process.env['CHROMIUM'] ?? '', ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))]
  return candidates.find((path) => path !== '' && isExecutable(path))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Why the browser's tests cannot run here; `undefined` where they can. In CI everything has to run. */
export const browserMissing: string | undefined =
  findChromium() === undefined && process.env['BANYAN_REQUIRE_ALL'] === undefined
    ? 'no Chromium on PATH, and CHROMIUM names none'
    : undefined

/** Nothing of the browser's own asks the network, and it runs as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('install Chromium, or name it in the environment variable CHROMIUM')
  return chromium.launch({ executablePath, args: FLAGS })
}

/** Builds the dashboard as `npm run build` does, into a folder of its own, so that tests that run at the same time do not meet. */
export async function buildDashboard(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'banyan-dashboard-'))
  await build({ configFile: join(root, 'src/dashboard/vite.config.ts'), logLevel: 'warn', build: { outDir } })
  return outDir
}

/** Where a test keeps a picture for people to look at. */
export function artifact(name: string): string {
  const folder = join(root, 'test-artifacts', 'dashboard')
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}
