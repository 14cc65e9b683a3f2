import type { Inbound, Routed } from '../core/exchange/inbound.ts'
import { isWrite, operationsOf } from '../core/operation/operation.ts'
import { encodeWrite } from '../handover/wire.ts'
import type { Handover, RequestDeps } from '../lines/request.ts'
import type { ShadowHost } from './shadow-host.ts'

type HandOver = RequestDeps<never>['handOver']

/**
 * Tells the shadow thread of writes too, of which it would not hear otherwise: two small records each, and nothing for a read. There is no second try where the ring
 * is full: a write that is not known of only makes a difference count.
 * @param sessionOf empty for who has no name
 */
export function tellingWrites(handOver: HandOver, host: ShadowHost, sessionOf: (inbound: Inbound) => string): HandOver {
  return (routed) => {
    const session = hasWrite(routed) ? sessionOf(routed.inbound) : ''
    if (session === '') return handOver(routed)
    host.write(encodeWrite({ session, at: routed.inbound.at, isOver: false }))
    const followed = handOver(routed)
    return {
      ...followed,
      end(served): ReturnType<Handover['end']> {
        host.write(encodeWrite({ session, at: Date.now(), isOver: true }))
        return followed.end(served)
      },
    }
  }
}

function hasWrite({ identified }: Routed): boolean {
  return operationsOf(identified).some(({ type }) => isWrite(type))
}
