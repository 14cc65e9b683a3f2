import { hc } from 'hono/client'
import type { AdminApi } from '../admin/api.ts'

const TOKEN = 'banyan-token'

/** What the API said was wrong. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Kept for this browser tab only. */
export function rememberToken(token: string): void {
  sessionStorage.setItem(TOKEN, token)
}

function authorized(init: RequestInit | undefined): RequestInit {
  const token = sessionStorage.getItem(TOKEN)
  const headers = new Headers(init?.headers)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  return { ...init, headers }
}

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, authorized(init))
  if (response.ok) return response
  const said = (await response.json().catch(() => ({}))) as { error?: { message?: string; hint?: string } }
  throw new ApiError(response.status, [said.error?.message ?? `the API answered ${response.status}`, said.error?.hint].filter(Boolean).join(': '))
}

export const api = hc<AdminApi>('/api', { fetch: send })

/** Calls back at every change that the server tells of, and when the connection is lost or back. Returns the way to stop. */
export function listen(onChange: () => void, onConnection: (connected: boolean) => void): () => void {
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await follow(stopping.signal, onChange, onConnection).catch(() => undefined)
      if (stopping.signal.aborted) return
      onConnection(false)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
  void run()
  return () => stopping.abort()
}

const RETRY_MS = 2_000

/** By `fetch`, not by `EventSource`: only the former can send a token. */
async function follow(signal: AbortSignal, onChange: () => void, onConnection: (connected: boolean) => void): Promise<void> {
  const response = await send('/api/events', { signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) return
  onConnection(true)
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (part.value.includes('event: change')) onChange()
  }
}
