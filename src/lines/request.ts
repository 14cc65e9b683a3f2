import type { Inbound, Routed, Served } from '../core/exchange/inbound.ts'
import type { Identified } from '../core/operation/operation.ts'
import type { Ending } from '../core/evidence/ending.ts'
import type { Admission } from '../core/routing/breaker.ts'
import { decide, PINNED, spared, type Assignment, type Decision } from '../core/routing/decide.ts'
import type { Policy } from '../core/routing/policy.ts'

/** What the request line needs of the rooms around it. `Client` is whatever can be answered; the line only passes it on. */
export interface RequestDeps<Client> {
  readonly identify: (inbound: Inbound) => Identified
  readonly regionOf: (inbound: Inbound) => string
  readonly clientOf: (inbound: Inbound) => string | undefined
  /** The stage for this subject. Answers at once, from memory. */
  readonly assign: (identified: Identified, inbound: Inbound, region: string, client: string | undefined) => Assignment
  /** What the operator says of it. Answers at once, from memory. */
  readonly policyFor: (identified: Identified, region: string) => Pick<Policy, 'writes' | 'isDenied'>
  /** Draws whether the mirror's sample rate chooses this request. */
  readonly sampled: () => boolean
  /** Whether the request is itself a mirrored one. */
  readonly looped: (inbound: Inbound) => boolean
  /** What the breaker lets a request do; nothing where legacy could not answer instead. Answers at once, from memory. */
  readonly admit: (identified: Identified, decided: Decision) => Admission | undefined
  /** Tells the breaker how it went. */
  readonly learn: (identified: Identified, decided: Decision, admission: Admission, served: Served) => void
  /** Copies the request to the shadow thread, where there is room and a wish. Gives back how to hand over the end. */
  readonly handOver: (routed: Routed) => Handover
  readonly forward: (routed: Routed, client: Client, handover: Handover, done: (served: Served) => void) => void
  /** Counts what the client got, and how the request ended for the experiment unless the shadow thread will say it. */
  readonly count: (routed: Routed, served: Served, ending: Ending | Following) => void
}

/** A request on its way to the shadow thread, or one that stays here. */
export interface Handover {
  /** Header line for the primary; absent when nothing is traced. */
  readonly traceparent?: string | undefined
  /** The same for legacy, where it answers in the candidate's place. */
  readonly fallbackTraceparent?: string | undefined
  /** Says what the client got, and hears how the request ended for the experiment, as far as the client's path knows. */
  readonly end: (served: Served) => Ending | Following
}

/** The shadow thread has the whole request and will count how it ended. */
export type Following = 'following'

/**
 * The request line, in reading order. The client waits for `forward` and for nothing else: what comes before answers
 * from memory, and what comes after can neither delay nor change its answer.
 */
export function createRequestLine<Client>(deps: RequestDeps<Client>): (inbound: Inbound, client: Client) => void {
  return function serve(inbound, client) {
    const identified = deps.identify(inbound)
    const region = deps.regionOf(inbound)
    const clientName = deps.clientOf(inbound)
    const assignment = deps.assign(identified, inbound, region, clientName)
    const policy = deps.policyFor(identified, region)
    const { pin } = assignment
    const decided = pin === undefined ? decide(identified, assignment.stage, policy, deps.sampled(), deps.looped(inbound)) : PINNED[pin]
    const admission = deps.admit(identified, decided)
    const decision = admission === 'spare' ? spared(decided) : decided
    const routed: Routed = { inbound, identified, region, client: clientName, assignment, decision, lane: undefined }

    // Handed over before `forward`, so that both origins are asked at the same moment.
    const handover = deps.handOver(routed)
    deps.forward(routed, client, handover, (served) => {
      if (admission !== undefined) deps.learn(identified, decided, admission, served)
      deps.count(routed, served, handover.end(served))
    })
  }
}
