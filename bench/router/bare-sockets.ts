import { connect, createServer, type Socket } from 'node:net'

/**
 * The least that passes HTTP on with Node's sockets: it looks for lengths and for nothing else, and believes everybody. Nobody may ever serve with it; it shows what a server of our own
 * in place of Node's could reach at most. `node bench/router/bare-sockets.ts PORT BACKEND`.
 */
const [port = '0', backend = ''] = process.argv.slice(2)
const { hostname, port: backendPort } = new URL(backend)
const idle: Connection[] = []

/** One connection to the backend, which answers one client at a time. */
class Connection {
  readonly #socket: Socket
  #client: Socket | undefined

  constructor() {
    this.#socket = connect(Number(backendPort), hostname).setNoDelay(true)
    const answer = new Message((bytes, isWhole) => {
      this.#client?.write(bytes)
      if (isWhole) idle.push(this)
    })
    this.#socket.on('data', (bytes: Buffer) => answer.take(bytes)).on('error', () => this.#client?.destroy())
  }

  ask(client: Socket, request: Buffer): void {
    this.#client = client
    this.#socket.write(request)
  }
}

/** Tells where a message ends. */
class Message {
  readonly #pass: (bytes: Buffer, isWhole: boolean) => void
  #left = 0

  constructor(pass: (bytes: Buffer, isWhole: boolean) => void) {
    this.#pass = pass
  }

  take(bytes: Buffer): void {
    if (this.#left === 0) {
      const body = bytes.indexOf('\r\n\r\n') + 4
      const head = bytes.toString('latin1', 0, body)
      this.#left = body + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    }
    this.#left -= bytes.length
    this.#pass(bytes, this.#left === 0)
  }
}

createServer({ noDelay: true }, (client) => {
  let pieces: Buffer[] = []
  const request = new Message((bytes, isWhole) => {
    pieces.push(bytes)
    if (!isWhole) return
    const [first = bytes] = pieces
    ;(idle.pop() ?? new Connection()).ask(client, pieces.length === 1 ? first : Buffer.concat(pieces))
    pieces = []
  })
  client.on('data', (bytes: Buffer) => request.take(bytes)).on('error', () => client.destroy())
}).listen(Number(port), '127.0.0.1')
