import { createClients } from './clients.ts'
import { OPERATIONS } from './operations.ts'

/** What clients saw. Errors inside an answer are answers; only a request without one is a failure. */
export interface Seen {
  readonly answered: number
  readonly failed: number
}

export interface Traffic {
  readonly seen: () => Seen
  /** Sends nothing more, and resolves when everything under way has ended. */
  readonly stop: () => Promise<Seen>
}

export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2']
const SUBJECTS = 300
const TICK_MS = 50
/** A slow router must not make the demo pile up requests without end. */
const MAX_UNDER_WAY = 200

/** A number that looks random and is the same in every run (the mixing step of Murmur3), so that no two choices move in step. */
function spread(turn: number, choice: number): number {
  let mixed = Math.imul(turn ^ Math.imul(choice, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** @throws RangeError for an empty list */
function pick<T>(list: readonly T[], turn: number, choice: number): T {
  const picked = list[spread(turn, choice) % list.length]
  if (picked === undefined) throw new RangeError('nothing to pick from')
  return picked
}

/** Sends `rate` requests a second until it is stopped: operations, regions, clients and subjects by turns. */
export function startTraffic(url: string, rate: number): Traffic {
  const clients = Object.entries(createClients(url))
  const deck = OPERATIONS.flatMap((operation) => Array.from({ length: operation.weight }, () => operation))
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()
  let [sent, answered, failed] = [0, 0, 0]

  const send = (): void => {
    const turn = sent
    sent += 1
    const operation = pick(deck, turn, 1)
    const [name, ask] = pick(clients, turn, 2)
    const variables = pick(operation.variables, turn, 3)
    const headers = {
      'x-region': pick(REGIONS, turn, 4),
      'x-user-id': `user-${spread(turn, 5) % SUBJECTS}`,
      'apollographql-client-name': name,
    }
    const work = ask(operation, variables, headers)
      .then(
        () => void (answered += 1),
        () => void (failed += 1),
      )
      .finally(() => underWay.delete(work))
    underWay.add(work)
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * rate
    while (sent < due && underWay.size < MAX_UNDER_WAY) send()
  }, TICK_MS)

  const seen = (): Seen => ({ answered, failed })
  return {
    seen,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
      return seen()
    },
  }
}
