import { until } from './sockets.ts'

/**
 * Makes every worker thread of a process throw, from outside: nothing in the product knows of it. The process has to have been started with
 * `NODE_OPTIONS=--inspect-port=<port>`.
 */
export async function crashThreads(pid: number, port: number): Promise<void> {
  process.kill(pid, 'SIGUSR1') // opens Node's inspector
  let address: string | undefined
  await until(async () => {
    address = await fetch(`http://127.0.0.1:${port}/json`)
      .then(async (response) => ((await response.json()) as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl)
      .catch(() => undefined)
    return address !== undefined
  })
  const inspector = new WebSocket(address ?? '')
  const send = (id: number, method: string, params: object): void => inspector.send(JSON.stringify({ id, method, params }))
  const crash = { id: 1, method: 'Runtime.evaluate', params: { expression: 'setImmediate(() => { throw new Error("planted") })' } }
  await new Promise<void>((resolve, reject) => {
    inspector.addEventListener('error', () => reject(new Error('the inspector does not answer')))
    inspector.addEventListener('open', () => send(1, 'NodeWorker.enable', { waitForDebuggerOnStart: false }))
    inspector.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as { method?: string; params: { sessionId: string } }
      if (method === 'NodeWorker.attachedToWorker')
        send(2, 'NodeWorker.sendMessageToWorker', { sessionId: params.sessionId, message: JSON.stringify(crash) })
      if (method === 'NodeWorker.detachedFromWorker') resolve()
    })
  })
  inspector.close()
}
