import { connect, createServer } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { listening, until, type Finished } from './sockets.ts'

/** A door in front of PostgreSQL: open, shut, or something in between that networks do. */
export interface Door {
  readonly port: number
  /** New connections pass. While it is `false` they are refused by a reset. */
  open: boolean
  /** How much later everything arrives that passes, in milliseconds. */
  delayMs: number
  /** Nothing passes and nobody is told: packets are lost somewhere. What waits passes when it ends. */
  silent: boolean
  /** Falls silent behind the first bytes from the client that hold this. */
  silentAfter: string | undefined
  /** Cuts every connection, and is not open any more. */
  shut(): void
}

export async function door({ port: backPort, hostname }: URL, finished?: Finished): Promise<Door> {
  const server = await listening(
    createServer((socket) => {
      if (!state.open) {
        socket.resetAndDestroy()
        return
      }
      const behind = connect(Number(backPort), hostname)
      behind.on('error', () => socket.destroy())
      behind.on('close', () => socket.destroy())
      socket.on('close', () => void until(() => !state.silent).then(() => behind.destroy()))
      socket.pipe(passing()).pipe(behind).pipe(passing()).pipe(socket)
    }),
    finished,
  )
  const through = async (chunk: Buffer): Promise<void> => {
    const isLast = state.silentAfter !== undefined && chunk.includes(state.silentAfter)
    await until(() => !state.silent)
    if (state.delayMs > 0) await wait(state.delayMs)
    if (isLast) Object.assign(state, { silent: true, silentAfter: undefined })
  }
  const passing = (): Transform =>
    new Transform({
      transform: (chunk: Buffer, _encoding, pass) => void through(chunk).then(() => pass(null, chunk), pass),
      // That the other side has ended is not heard of either.
      flush: (end) => void until(() => !state.silent).then(() => end(), end),
    })
  const state: Door = {
    port: server.port,
    open: true,
    delayMs: 0,
    silent: false,
    silentAfter: undefined,
    shut() {
      state.open = false
      for (const socket of server.sockets) socket.destroy()
    },
  }
  return state
}
