import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sandbox, type SandboxLimits } from '../../src/app/sandbox.ts'
import type { Effect } from '../../src/core/exchange/effect.ts'
import type { Failure, Observation } from '../../src/core/exchange/exchange.ts'

/** What one side did with a write, or how it failed. `lost`: nobody says how the primary ended. */
type Fate = Effect | Extract<Failure, 'reset' | 'connect' | 'over-cap'>

interface Write {
  readonly id: number
  readonly lane: number
  readonly primary: Fate | 'lost'
  readonly second: Fate
}

const FATES: readonly Fate[] = ['refused', 'unsure', 'reset', 'connect', 'over-cap']
const fate = fc.oneof({ arbitrary: fc.constant<Fate>('written'), weight: 12 }, fc.constantFrom(...FATES))
const writes = fc
  .array(
    fc.record({ lane: fc.nat({ max: 2 }), primary: fc.oneof({ arbitrary: fate, weight: 20 }, fc.constant('lost' as const)), second: fate }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((all) => all.map((one, id): Write => ({ ...one, id })))
const limits = fc.record<SandboxLimits>({
  writes: fc.constantFrom(4, 100),
  lane: fc.constantFrom(2, 100),
  bytes: fc.constantFrom(5, 1_000),
  waitMs: fc.constant(1_000),
  inFlight: fc.constantFrom(1, 3),
})

const isEffect = (one: Fate): one is Effect => one === 'written' || one === 'refused' || one === 'unsure'

/** The effect stands in the body. */
function observation(one: Fate, origin: 'legacy' | 'candidate'): Observation {
  const base = { origin, role: origin === 'legacy' ? 'primary' : 'shadow', startedAt: 0, duration: 0 } as const
  return isEffect(one)
    ? { ...base, outcome: 'answered', answer: { status: 200, headers: [], body: Buffer.from(one) } }
    : { ...base, outcome: 'failed', failure: one }
}

/** Whether a write is over without one side lacking it, for certain. */
const leavesNoGap = ({ primary, second }: Write): boolean =>
  primary === 'refused' || primary === 'connect' || (primary === 'written' && second === 'written')

test('whatever primary and second do, and in whichever order: a write is sent once at the most, those of a lane in the order of their ends, and none after a gap', async () => {
  await fc.assert(
    fc.asyncProperty(writes, limits, fc.scheduler(), async (all, bounds, scheduler) => {
      const stopped = new Set<number>()
      const settled: number[] = []
      const sent: Write[] = []
      const ended: Write[] = []
      let [underWay, most] = [0, 0]
      const sandbox = new Sandbox<Write>({
        ledger: {
          stop: (lane) => void stopped.add(lane),
          isStopped: (lane) => stopped.has(lane),
          settle: (lane) => void settled.push(lane),
        },
        ask: async (write) => {
          sent.push(write)
          underWay += 1
          most = Math.max(most, underWay)
          await scheduler.schedule(Promise.resolve(), `answer ${write.id}`)
          underWay -= 1
          return observation(write.second, 'candidate')
        },
        effectOf: ({ body }) => Promise.resolve(Buffer.from(body).toString() as Effect), // written there above
        now: () => 0,
        limits: bounds,
      })
      const passing = all.map((write) => {
        const end = scheduler.schedule(Promise.resolve(), `end ${write.id}`).then(() => {
          ended.push(write)
          return write.primary === 'lost' ? undefined : { primary: observation(write.primary, 'legacy') }
        })
        return sandbox.pass({ request: write, lane: write.lane, target: 'candidate', bytes: 1 }, end)
      })
      const outcomes = await scheduler.waitFor(Promise.all(passing))

      expect(new Set(sent).size).toBe(sent.length)
      expect(most).toBeLessThanOrEqual(bounds.inFlight)
      expect(sandbox.waiting).toBe(0)
      expect(settled).toHaveLength(all.length)
      // Only what the primary did is sent.
      expect(sent.filter(({ primary }) => primary !== 'written')).toEqual([])
      for (const lane of new Set(all.map((one) => one.lane))) {
        const inLane = ended.filter((one) => one.lane === lane)
        const sentInLane = sent.filter((one) => one.lane === lane)
        expect(sentInLane).toEqual(inLane.filter((one) => sent.includes(one)))
        // The first that one side lacks, or may lack, by what was done with it.
        const gap = inLane.findIndex(
          (one) =>
            !leavesNoGap(one) ||
            outcomes[one.id] === 'shed:sandbox' ||
            outcomes[one.id] === 'shed:bytes' ||
            outcomes[one.id] === 'sandbox-gap',
        )
        expect(stopped.has(lane)).toBe(gap !== -1)
        expect(sentInLane.filter((one) => gap !== -1 && inLane.indexOf(one) > gap)).toEqual([])
      }
    }),
    { numRuns: 150 },
  )
})
