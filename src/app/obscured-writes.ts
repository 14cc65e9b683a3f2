import type { LoadedConfig } from '../config/loaded.ts'
import type { Inbound, Served } from '../core/exchange/inbound.ts'
import { Obscured } from '../core/routing/obscured.ts'
import { laneOf, type Ledger } from '../handover/ledger.ts'
import { placeOf } from '../upstream/reach.ts'
import { hasWritten } from './keeping-ledger.ts'
import type { LaneNews } from './lane-news.ts'
import type { Policies } from './policies.ts'

export interface ObscuredDeps {
  readonly policies: Policies
  readonly ledger: Pick<Ledger, 'hasBegun' | 'stop'>
  /** Hears of such a write before it is sent and after it ended. */
  readonly lanes: Pick<LaneNews, 'began' | 'ended'>
  readonly regionOf: (inbound: Inbound) => string
  readonly subjectOf: (inbound: Inbound) => string
}

/** Stops the sandbox of who writes by a spelling that has no route: legacy may have done it, and the sandbox has not. */
export class ObscuredWrites {
  readonly #obscured: Obscured
  readonly #deps: ObscuredDeps

  private constructor(obscured: Obscured, deps: ObscuredDeps) {
    this.#obscured = obscured
    this.#deps = deps
  }

  /** Nothing where no sandbox is kept: requests then pay nothing for it. */
  static open({ config }: Pick<LoadedConfig, 'config'>, deps: ObscuredDeps): ObscuredWrites | undefined {
    if (!config.operations.some(({ writes }) => writes === 'sandbox')) return undefined
    const [own = ''] = placeOf(config.backends.legacy.url).path.split('?', 1)
    return new ObscuredWrites(new Obscured(config.routes, [config.listen.path, own]), deps)
  }

  /** A request without a route is about to be sent. Gives what is to be done when it is over; nothing for most. */
  followed(inbound: Inbound, hasBody: boolean): ((served: Served) => void) | undefined {
    const mayBe = this.#obscured.find(inbound, hasBody)
    if (mayBe.length === 0) return undefined
    const { policies, ledger, lanes, regionOf, subjectOf } = this.#deps
    const region = regionOf(inbound)
    if (!mayBe.some((one) => one === 'graphql' || policies.of(one, [], region).writes === 'sandbox')) return undefined
    const lane = laneOf(subjectOf(inbound))
    // The lane may begin while it is under way.
    lanes.began(lane, 'both-once-begun')
    return (served) => {
      if (ledger.hasBegun(lane) && hasWritten(served)) ledger.stop(lane)
      lanes.ended(lane)
    }
  }
}
