import { connect, constants, type ClientHttp2Session } from 'node:http2'
import { Agent, request as ask } from 'undici'
import { onTestFinished } from 'vitest'

/** Clients of HTTP/2 that go to another connection when theirs says farewell. What went wrong is in `failures`. */
export function steadyH2Clients(port: number, ca: string) {
  const failures: string[] = []
  let [done, stopped, sessions] = [0, false, 0]
  const asked = (session: ClientHttp2Session): Promise<void> =>
    new Promise((resolve) => {
      let status: number | undefined
      const stream = session.request({ ':method': 'POST', ':path': '/graphql', 'content-type': 'application/json' })
      stream.on('response', (headers) => (status = headers[':status'])).on('error', () => {})
      stream.on('close', () => {
        // Never sent, because the farewell came before: it is asked again (RFC 9113 section 8.7).
        const isUnsent = status === undefined && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
        if (!isUnsent && (status !== 200 || stream.rstCode !== constants.NGHTTP2_NO_ERROR))
          failures.push(`status ${status}, code ${stream.rstCode}`)
        resolve()
      })
      stream.resume().end('{"query":"query Q { q }"}')
    })
  const one = async (): Promise<void> => {
    let session: ClientHttp2Session | undefined
    while (!stopped) {
      if (session === undefined || session.closed || session.destroyed) {
        sessions += 1
        session = connect(`https://localhost:${port}`, { ca }).on('error', (error) => failures.push(String(error)))
      }
      await asked(session)
      done += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    session?.destroy()
  }
  const running = Promise.all([one(), one(), one()])
  const stop = async (): Promise<void> => {
    stopped = true
    await running
  }
  onTestFinished(stop)
  return { failures, stop, done: () => done, sessions: () => sessions }
}

/** Clients on connections that they keep, and one that connects anew each time. What went wrong is in `failures`. */
export function steadyClients(url: string, ca?: string) {
  const connect = ca === undefined ? {} : { ca }
  const agents = [new Agent({ connections: 4, connect }), new Agent({ connections: 1, pipelining: 0, connect })]
  const failures: string[] = []
  let [done, stopped] = [0, false]
  const one = async (dispatcher: Agent): Promise<void> => {
    while (!stopped) {
      try {
        const answer = await ask(url, {
          method: 'POST',
          dispatcher,
          headers: { 'content-type': 'application/json' },
          body: '{"query":"query Q { q }"}',
        })
        const text = await answer.body.text()
        if (answer.statusCode !== 200 || text !== '{"data":{}}') failures.push(`${answer.statusCode} ${text}`)
      } catch (error) {
        failures.push(String(error))
      }
      done += 1
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const running = Promise.all(agents.flatMap((agent) => [one(agent), one(agent)]))
  const stop = async (): Promise<void> => {
    stopped = true
    await running
    for (const agent of agents) await agent.destroy()
  }
  onTestFinished(stop)
  return { failures, stop, done: () => done }
}
