import { Agent, request as ask } from 'undici'
import { onTestFinished } from 'vitest'

/** Clients on connections that they keep, and one that connects anew each time. What went wrong is in `failures`. */
export function steadyClients(url: string) {
  const agents = [new Agent({ connections: 4 }), new Agent({ connections: 1, pipelining: 0 })]
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
