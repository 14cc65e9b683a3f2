import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { until } from './sockets.ts'

/** Runs something inside a process from outside: nothing in the product knows of it. */
export interface Inspector {
  /** On the main thread. */
  evaluate(expression: string): void
  /** On every worker thread that it has now. */
  evaluateInThreads(expression: string): Promise<void>
  /** Resolves when one of those threads has ended. */
  threadEnded(): Promise<void>
}

interface Said {
  readonly method?: string
  readonly params: { readonly sessionId: string }
}

/** The process has to have been started with `NODE_OPTIONS=--inspect-port=<port>`. */
export async function inspect(pid: number, port: number): Promise<Inspector> {
  process.kill(pid, 'SIGUSR1') // opens Node's inspector
  let address: string | undefined
  await until(async () => {
    address = await fetch(`http://127.0.0.1:${port}/json`)
      .then(async (response) => ((await response.json()) as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl)
      .catch(() => undefined)
    return address !== undefined
  })
  const inspector = new WebSocket(address ?? '')
  onTestFinished(() => inspector.close())
  const threads: string[] = []
  let ended = 0
  inspector.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data)) as Said
    if (method === 'NodeWorker.attachedToWorker') threads.push(params.sessionId)
    if (method === 'NodeWorker.detachedFromWorker') ended += 1
  })
  await once(inspector, 'open')
  let id = 0
  const message = (method: string, params: object): string => JSON.stringify({ id: (id += 1), method, params })
  inspector.send(message('NodeWorker.enable', { waitForDebuggerOnStart: false }))
  return {
    evaluate: (expression) => inspector.send(message('Runtime.evaluate', { expression })),
    async evaluateInThreads(expression) {
      await until(() => threads.length > 0)
      for (const sessionId of threads)
        inspector.send(message('NodeWorker.sendMessageToWorker', { sessionId, message: message('Runtime.evaluate', { expression }) }))
    },
    threadEnded: () => until(() => ended > 0),
  }
}
