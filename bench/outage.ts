import { FAULTS, goodHours, reactionTo, type Reaction } from '../test/support/outage.ts'

/**
 * How soon a total outage of the candidate is answered: `banyan serve` at `live` for 5 % of the subjects, under 20 requests a second, after six good hours. Prints rows
 * for docs/rollouts.md.
 * `node bench/outage.ts [rounds]`
 */
const ROUNDS = Number(process.argv[2] ?? '3')

async function within<T>(work: (finished: (cleanup: () => void | Promise<void>) => void) => Promise<T>): Promise<T> {
  const cleanups: (() => void | Promise<void>)[] = []
  try {
    return await work((cleanup) => void cleanups.push(cleanup))
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
}

await within(async (finished) => {
  const good = await goodHours(finished)
  for (const fault of FAULTS) {
    const reactions: Reaction[] = []
    for (let round = 0; round < ROUNDS; round += 1) reactions.push(await within((ended) => reactionTo(fault, good, ended)))
    const seconds = reactions.map((one) => one.seconds).toSorted((a, b) => a - b)
    console.log(`| ${fault} | ${seconds.map((one) => one.toFixed(1)).join(', ')} | ${Math.max(...reactions.map(({ asked }) => asked))} |`)
  }
})
