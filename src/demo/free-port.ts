import { createServer } from 'node:net'
import { BanyanError } from '../errors.ts'

/** The wanted port on this machine, or any free one where somebody else has it. */
export function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      if (wanted === 0) reject(new BanyanError('LISTEN_FAILED', `no port is free: ${error.message}`))
      else resolve(freePort(0))
    })
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted))
    })
  })
}
