import { connect, createServer } from 'node:net'
import { listening } from './sockets.ts'

/** A door in front of PostgreSQL that can be shut: connections are then refused by a reset. */
export async function door({ port: backPort, hostname }: URL): Promise<{ readonly port: number; open: boolean; shut(): void }> {
  const server = await listening(
    createServer((socket) => {
      if (!state.open) {
        socket.resetAndDestroy()
        return
      }
      const behind = connect(Number(backPort), hostname)
      behind.on('error', () => socket.destroy())
      behind.on('close', () => socket.destroy())
      socket.on('close', () => behind.destroy())
      socket.pipe(behind).pipe(socket)
    }),
  )
  const state = {
    port: server.port,
    open: true,
    shut() {
      state.open = false
      for (const socket of server.sockets) socket.destroy()
    },
  }
  return state
}
