import { ApiError, send } from './client.ts'

/** Whether changes arrive: `locked` wants a token, `down` is being tried again. */
export type LineState = 'opening' | 'up' | 'down' | 'locked'

export interface LineEvents {
  /** There is something new, or may be: after a break nobody knows. */
  readonly onChange: () => void
  readonly onState: (state: LineState) => void
}

const RETRY_MS = 2_000
/** Three heartbeats of the server without a byte: the line is dead, whatever the browser says. */
const SILENCE_MS = 30_000

/** Follows the events of the server until it is stopped; a line that breaks is opened again. Gives back the way to stop. */
export function follow({ onChange, onState }: LineEvents): () => void {
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const state = await read(stopping.signal, onChange, () => onState('up')).then(() => 'down' as const, stateAfter)
      if (stopping.signal.aborted) return
      onState(state)
      if (state === 'locked') return
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      onChange()
    }
  }
  void run()
  return () => stopping.abort()
}

function stateAfter(error: unknown): 'down' | 'locked' {
  return error instanceof ApiError && error.status === 401 ? 'locked' : 'down'
}

/** By `fetch`, not by `EventSource`: only the former can send a token. Ends when the line does. */
async function read(signal: AbortSignal, onChange: () => void, onOpen: () => void): Promise<void> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const response = await send('/api/events', { signal: AbortSignal.any([signal, silence.signal]) })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    onOpen()
    let text = ''
    for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
      const events = `${text}${part.value}`.split('\n\n')
      text = events.pop() ?? ''
      if (events.some((event) => event.startsWith('event: change'))) onChange()
    }
  } finally {
    clearTimeout(timer)
  }
}
