import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** What JavaScript holds after its garbage was collected, in bytes: of the main thread and of all others of one process. */
export interface Heap {
  readonly main: number
  /** Absent where there are none. */
  readonly threads?: number
  /** Of all threads together: what lies outside of the heap. */
  readonly external: number
}

interface Said {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly sessionId?: string; readonly message?: string }
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

const READ = 'JSON.stringify((({ heapUsed, external }) => ({ heapUsed, external }))(process.memoryUsage()))'
const LISTENS_WITHIN_MS = 10_000
const MAIN = 'main'

/**
 * Asks a process for its heap by Node's inspector, which SIGUSR1 opens. One connection for as long as the process lives: Node sometimes aborts when inspectors come and go.
 * The process has to run with `--inspect-port=0`.
 */
export class Inspector {
  readonly #socket: WebSocket
  readonly #waiting = new Map<string, (said: Said) => void>()
  readonly #workers = new Set<string>()
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Said, MAIN)) // as the protocol has it
  }

  /** @param errors where the process says its port */
  static async open(pid: number, errors: Readable): Promise<Inspector> {
    const socket = new WebSocket(await inspectorOf(pid, errors))
    await once(socket, 'open')
    const inspector = new Inspector(socket)
    await inspector.#ask(MAIN, 'NodeWorker.enable', { waitForDebuggerOnStart: false })
    return inspector
  }

  async heap(): Promise<Heap> {
    const main = await this.#read(MAIN)
    const threads = await Promise.all([...this.#workers].map((worker) => this.#read(worker)))
    return {
      main: main.heapUsed,
      ...(threads.length === 0 ? {} : { threads: threads.reduce((sum, { heapUsed }) => sum + heapUsed, 0) }),
      external: [main, ...threads].reduce((sum, { external }) => sum + external, 0),
    }
  }

  close(): void {
    this.#socket.close()
  }

  #hear(said: Said, session: string): void {
    const { sessionId, message = '{}' } = said.params ?? {}
    if (sessionId !== undefined && said.method === 'NodeWorker.attachedToWorker') this.#workers.add(sessionId)
    else if (sessionId !== undefined && said.method === 'NodeWorker.detachedFromWorker') this.#workers.delete(sessionId)
    else if (sessionId !== undefined && said.method === 'NodeWorker.receivedMessageFromWorker')
      this.#hear(JSON.parse(message) as Said, sessionId) // as the protocol has it
    else this.#waiting.get(`${session} ${said.id}`)?.(said)
  }

  async #read(session: string): Promise<{ heapUsed: number; external: number }> {
    await this.#ask(session, 'HeapProfiler.collectGarbage')
    const { result } = await this.#ask(session, 'Runtime.evaluate', { expression: READ })
    return JSON.parse(String(result?.result?.value)) as { heapUsed: number; external: number } // as `READ` makes it
  }

  #ask(session: string, method: string, params: object = {}): Promise<Said> {
    this.#last += 1
    const key = `${session} ${this.#last}`
    const message = JSON.stringify({ id: this.#last, method, params })
    const wrapped = JSON.stringify({ id: 0, method: 'NodeWorker.sendMessageToWorker', params: { sessionId: session, message } })
    return new Promise((resolve, reject) => {
      const end = (): void => reject(new Error('the process ended while it was asked for its heap'))
      this.#socket.addEventListener('close', end, { once: true })
      this.#waiting.set(key, (said) => {
        this.#waiting.delete(key)
        this.#socket.removeEventListener('close', end)
        resolve(said)
      })
      this.#socket.send(session === MAIN ? message : wrapped)
    })
  }
}

function inspectorOf(pid: number, errors: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the inspector of process ${pid} does not listen`)), LISTENS_WITHIN_MS)
    const onData = (chunk: Buffer): void => {
      const url = /Debugger listening on (ws:\S+)/.exec(chunk.toString())?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      errors.off('data', onData)
      resolve(url)
    }
    errors.on('data', onData)
    process.kill(pid, 'SIGUSR1')
  })
}
