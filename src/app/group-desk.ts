import type { GroupView } from '../admin/group-views.ts'
import type { Group } from '../core/comparison/group.ts'
import { suggestRule } from '../core/triage/suggest.ts'
import { trendOf } from '../core/triage/trend.ts'
import type { GroupQuery, Store } from '../storage/store.ts'

/** Groups as they are shown. */
export class GroupDesk {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async list(query: GroupQuery): Promise<readonly GroupView[]> {
    const now = Date.now()
    return (await this.#store.evidence.groups(query)).map((group) => viewOf(group, now))
  }

  async find(id: string): Promise<GroupView | undefined> {
    const group = await this.#store.evidence.group(id)
    return group === undefined ? undefined : viewOf(group, Date.now())
  }
}

function viewOf(group: Group, now: number): GroupView {
  const suggestion = suggestRule(group)
  return { ...group, trend: trendOf(group, now), ...(suggestion === undefined ? {} : { suggestion }) }
}
