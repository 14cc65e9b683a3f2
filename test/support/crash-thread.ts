import { inspect } from './inspector.ts'

/** Makes every worker thread of a process throw. The process has to have been started with `NODE_OPTIONS=--inspect-port=<port>`. */
export async function crashThreads(pid: number, port: number): Promise<void> {
  const inspector = await inspect(pid, port)
  await inspector.evaluateInThreads('setImmediate(() => { throw new Error("planted") })')
  await inspector.threadEnded()
}
