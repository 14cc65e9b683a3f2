import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { answerTo, requestOf } from './legacy.ts'

/** What the clients saw. */
export interface Seen {
  readonly asked: number
  /** Got exactly what legacy says. */
  readonly right: number
  /** Went away before their answer, by their own wish. */
  readonly gone: number
  /** What else happened, at most a hundred of it. */
  readonly wrong: readonly string[]
  readonly wrongCount: number
}

type Manner = 'well-behaved' | 'leaves' | 'reads slowly' | 'sends slowly'

/** In a hundred requests: one reads a big answer slowly, one sends slowly, five leave. */
const MANNERS: readonly Manner[] = [
  'reads slowly',
  'sends slowly',
  ...Array.from({ length: 5 }, (): Manner => 'leaves'),
  ...Array.from({ length: 93 }, (): Manner => 'well-behaved'),
]
const WRONG_KEPT = 100
const [LEAVES_WITHIN_MS, READS_EVERY_MS, SENDS_EVERY_MS, ANSWERED_WITHIN_MS] = [20, 20, 10, 30_000]
const PIECE_BYTES = 20

/** Asks at a fixed rate, whatever comes back, in all manners, until it is stopped. */
export class Clients {
  readonly #url: string
  readonly #rate: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 8, timeout: 2 * ANSWERED_WITHIN_MS })
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  readonly #open = new Set<Promise<void>>()
  #asked = 0
  #right = 0
  #gone = 0
  #wrong: string[] = []
  #wrongCount = 0

  constructor(url: string, rate: number) {
    this.#url = url
    this.#rate = rate
    this.#timer = setInterval(() => this.#askDue(), 5)
  }

  get seen(): Seen {
    return { asked: this.#asked, right: this.#right, gone: this.#gone, wrong: this.#wrong, wrongCount: this.#wrongCount }
  }

  /** Sends nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#open)
    this.#agent.destroy()
  }

  #askDue(): void {
    for (const due = ((performance.now() - this.#startedAt) * this.#rate) / 1_000; this.#asked < due;) {
      this.#asked += 1
      const number = this.#asked
      const manner = MANNERS[number % MANNERS.length] ?? 'well-behaved'
      const asking: Promise<void> = this.#ask(number, manner).then(
        () => void this.#open.delete(asking),
        (error: unknown) => {
          this.#open.delete(asking)
          this.#fail(`request ${number} (${manner}): ${String(error)}`)
        },
      )
      this.#open.add(asking)
    }
  }

  #fail(what: string): void {
    this.#wrongCount += 1
    if (this.#wrong.length < WRONG_KEPT) this.#wrong.push(`${new Date().toISOString()} ${what}`)
  }

  async #ask(number: number, manner: Manner): Promise<void> {
    const body = requestOf(number, manner === 'reads slowly')
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-user-id': `user-${number % 1_000}`,
    }
    const asking = request(this.#url, { method: 'POST', agent: this.#agent, headers, timeout: ANSWERED_WITHIN_MS })
    const answered = answerOf(asking)
    if (manner === 'sends slowly') await sendSlowly(asking, body)
    else asking.end(body)
    if (manner === 'leaves') {
      await Promise.race([pause((number % 100) * (LEAVES_WITHIN_MS / 100)), answered.catch(() => {})])
      asking.destroy()
      await answered.catch(() => {})
      this.#gone += 1
      return
    }
    const answer = await answered
    const text = await (manner === 'reads slowly' ? slowTextOf(answer) : textOf(answer))
    if (answer.statusCode !== 200 || text !== answerTo(body)) {
      this.#fail(`request ${number} (${manner}): ${answer.statusCode} ${text.slice(0, 200)} (${text.length} characters)`)
      return
    }
    this.#right += 1
  }
}

function answerOf(asking: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asking.once('response', resolve)
    asking.on('error', reject)
    asking.once('timeout', () => asking.destroy(new Error('no answer in time')))
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer) text += (chunk as Buffer).toString('latin1')
  if (!answer.complete) throw new Error('the answer was cut')
  return text
}

/** Takes one piece, and lets the rest wait. */
async function slowTextOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer) {
    text += (chunk as Buffer).toString('latin1')
    await pause(READS_EVERY_MS)
  }
  if (!answer.complete) throw new Error('the answer was cut')
  return text
}

async function sendSlowly(asking: ClientRequest, body: string): Promise<void> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    asking.write(body.slice(at, at + PIECE_BYTES))
    await pause(SENDS_EVERY_MS)
  }
  asking.end()
}
