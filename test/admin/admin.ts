import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createAdminApp, type AdminOptions } from '../../src/admin/api.ts'
import { serveAdmin } from '../../src/admin/server.ts'
import { createPlane, type TestPlane } from './plane.ts'

export interface Admin {
  readonly plane: TestPlane
  readonly port: number
  readonly url: string
  readonly faults: readonly Error[]
  readonly close: () => Promise<void>
  /** Asks over a real socket; `host` is what the request says, wherever it goes. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  readonly post: (body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>
}

/** The admin port on a free port, closed when the test ends. Without a folder the dashboard is not built. */
export async function startAdmin(options: Partial<AdminOptions> = {}): Promise<Admin> {
  const plane = createPlane()
  const faults: Error[] = []
  const app = createAdminApp(plane, {
    assets: join(mkdtempSync(join(tmpdir(), 'banyan-admin-')), 'missing'),
    onFault: (error) => faults.push(error),
    ...options,
  })
  const { port, close } = await serveAdmin({ app, host: '127.0.0.1', port: 0 })
  onTestFinished(close)
  const url = `http://127.0.0.1:${port}`
  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`${url}${path}`, init)
  const post: Admin['post'] = (body, headers = {}) =>
    ask('/api/flags/stage', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { plane, port, url, faults, close, ask, post }
}

/** The code of a refusal. */
export async function codeOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code: string; message: string; hint: string } } // the form of every refusal
  return error.message !== '' && error.hint !== '' ? error.code : 'no message or no hint'
}
