import { randomUUID } from 'node:crypto'
import { WINDOW_MS } from '../core/evidence/evidence.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { ceilingsOf, type Ceiling, type Intent } from '../core/rollout/intent.ts'
import type { Position } from '../core/rollout/position.ts'
import type { Want } from '../core/routing/remote-change.ts'
import type { Moving, Store } from '../storage/store.ts'
import { commentOf } from './flag-desk.ts'
import type { Brought, RemoteFlags, Waits } from './remote-flags.ts'

/** How long a replica may be at a step before another one goes on with it. Longer than its calls take. */
const LEASE_MS = 15_000
/** How soon a step forward is tried again that a person has to do something for, and one that passes by itself. */
const ASKED_MS = 15_000
const AGAIN_MS = 5_000

/** What is to be begun. */
export interface Beginning {
  readonly kind: Intent['kind']
  /** Where the unit is when it is done. */
  readonly after: Position
  readonly wants: readonly { readonly want: Want; readonly entries: readonly AuditEntry[] }[]
  readonly entry: AuditEntry
  readonly moving: Moving
}

/** A step that LaunchDarkly has not taken yet, and why. */
export interface Hindered {
  readonly plan: string
  readonly unit: string
  readonly to: string
  /** A person has to do something in LaunchDarkly. */
  readonly asks: boolean
  readonly reason: string
}

/** Moves units whose flags LaunchDarkly keeps: a step is written down as an intent, then made so there, then written down as done. */
export class RemoteMoves {
  readonly #store: Store
  readonly #remote: RemoteFlags
  readonly #now: () => number
  readonly #onCeilings: (ceilings: readonly Ceiling[]) => void
  readonly #onHindered: (what: Hindered) => void
  readonly #replica = randomUUID()

  /**
   * @param onCeilings hears what edges have to hold themselves to, at every look
   * @param onHindered hears of a step that LaunchDarkly has not taken, once for each hindrance
   */
  constructor(
    store: Store,
    remote: RemoteFlags,
    now: () => number,
    onCeilings: (ceilings: readonly Ceiling[]) => void = () => {},
    onHindered: (what: Hindered) => void = () => {},
  ) {
    this.#onHindered = onHindered
    this.#store = store
    this.#remote = remote
    this.#now = now
    this.#onCeilings = onCeilings
  }

  /** `false`: somebody else wrote in between or is at it, or LaunchDarkly has not taken it yet, which the position then says. */
  async begin(position: Position, beginning: Beginning): Promise<boolean> {
    const { intent } = position
    if (intent !== undefined) return intent.kind === 'enter' && beginning.kind === 'back' && this.#giveUp(position, intent, beginning)
    const { kind, after, wants, entry, moving } = beginning
    const now = this.#now()
    const begun: Intent = {
      kind,
      after,
      wants: wants.map(({ want }) => want),
      who: entry.who,
      reason: entry.why,
      from: entry.from,
      to: entry.to,
      begun: now,
      until: now + LEASE_MS,
      by: this.#replica,
      ...(moving.onlyIn === undefined ? {} : { onlyIn: moving.onlyIn.version }),
      ...(moving.telling === undefined ? {} : { telling: moving.telling }),
    }
    const placed: Position = { ...position, version: position.version + 1, intent: begun }
    const entries = [{ ...entry, to: `on its way to ${entry.to}` }, ...wants.flatMap((one) => one.entries)]
    if (!(await this.#store.rollouts.place(placed, entries, moving.onlyIn === undefined ? {} : { onlyIn: moving.onlyIn }))) return false
    if (kind === 'back') await this.#tellCeilings()
    return this.#attempt(placed, begun)
  }

  /** Goes on with every step that nobody is at. */
  async settle(): Promise<void> {
    for (const position of await this.#store.rollouts.positions()) {
      const { intent } = position
      if (intent === undefined || intent.until > this.#now()) continue
      const mine: Intent = { ...intent, by: this.#replica, until: this.#now() + LEASE_MS }
      const claimed: Position = { ...position, version: position.version + 1, intent: mine }
      const isPlanned = intent.kind === 'enter' && intent.onlyIn !== undefined
      const onlyIn = isPlanned ? { onlyIn: { plan: position.plan, version: intent.onlyIn } } : {}
      if (await this.#store.rollouts.place(claimed, [], onlyIn)) await this.#attempt(claimed, mine)
      // Its plan was stopped meanwhile, or another replica was faster, which the version tells.
      else if (isPlanned && (await this.#store.rollouts.place(claimed, []))) await this.#attempt(claimed, mine, 'look')
    }
    await this.#tellCeilings()
  }

  async #tellCeilings(): Promise<void> {
    this.#onCeilings(ceilingsOf(await this.#store.rollouts.positions()))
  }

  /** A step forward that may or may not be so is found out about first: a step back has to know from where. */
  async #giveUp(position: Position, intent: Intent, beginning: Beginning): Promise<boolean> {
    if (intent.by !== undefined && intent.until > this.#now()) return false
    const mine: Intent = { ...intent, by: this.#replica, until: this.#now() + LEASE_MS }
    const claimed: Position = { ...position, version: position.version + 1, intent: mine }
    if (!(await this.#store.rollouts.place(claimed, []))) return false
    await this.#attempt(claimed, mine, 'look')
    const known = (await this.#store.rollouts.positions()).find((one) => keyOf(one) === keyOf(position))
    // Where it was so after all, the next look takes back from there.
    if (known === undefined || known.intent !== undefined || known.step !== position.step) return false
    return this.begin(known, { ...beginning, after: { ...beginning.after, version: known.version + 1 } })
  }

  /** Asks LaunchDarkly, and writes down what became of it: whether it is so now. */
  async #attempt(position: Position, intent: Intent, only?: 'look'): Promise<boolean> {
    const mode = only ?? (intent.kind === 'enter' ? 'forward' : 'back')
    const brought = await this.#remote.bring(intent.wants, mode, commentOf({ who: intent.who, why: intent.reason }))
    if (brought.kind === 'waits') {
      await this.#wait(position, intent, brought)
      return false
    }
    await this.#end(position, intent, brought)
    return brought.kind === 'done'
  }

  /** Written down with what hinders it. A hindrance that lasts is one line of the record, however often it is tried. */
  async #wait(position: Position, intent: Intent, brought: Waits): Promise<void> {
    const { by: _nobody, ...kept } = intent
    const { asks, reason, trouble } = brought
    const now = this.#now()
    const waiting: Intent = { ...kept, waits: { asks, reason, trouble }, until: now + pauseAfter(brought, intent.kind) }
    const isNew = intent.waits?.trouble !== trouble
    const onItsWay = `on its way to ${intent.to}`
    const entry: AuditEntry = { ...this.#recordOf(position, intent), from: onItsWay, to: `held ${onItsWay}`, why: reason }
    const placed: Position = { ...position, version: position.version + 1, intent: waiting }
    const isWritten = await this.#store.rollouts.place(placed, isNew ? [entry] : [])
    if (isNew && isWritten) this.#onHindered({ plan: position.plan, unit: position.unit, to: intent.to, asks, reason })
  }

  #recordOf({ plan, unit }: Position, { who, wants }: Intent): Pick<AuditEntry, 'at' | 'who' | 'target' | 'region'> {
    return { at: this.#now(), who, target: `plan:${plan}/${unit}`, region: wants[0]?.to.map(({ region }) => region).join(',') ?? '*' }
  }

  async #end({ intent: _over, ...position }: Position, intent: Intent, brought: Exclude<Brought, Waits>): Promise<void> {
    const isDone = brought.kind === 'done'
    const after = isDone ? arrived(intent, this.#now()) : position
    const entry: AuditEntry = {
      ...this.#recordOf(position, intent),
      from: `on its way to ${intent.to}`,
      to: isDone ? intent.to : intent.from,
      why: isDone ? intent.reason : `given up: ${brought.kind === 'changed' ? brought.reason : 'it was not done in time'}`,
    }
    await this.#store.rollouts.place(
      { ...after, version: position.version + 1 },
      [entry],
      isDone && intent.telling !== undefined ? { telling: intent.telling } : {},
    )
  }
}

/** Evidence counts from when the flags were known to say so. */
function arrived({ after, begun }: Intent, now: number): Omit<Position, 'intent'> {
  // Of a new stage there is none from before; of the same stage what was counted before belongs to the step before.
  const evidenceFrom = after.evidenceFrom < begun ? after.evidenceFrom : Math.ceil(now / WINDOW_MS) * WINDOW_MS
  return { ...after, since: now, evidenceFrom }
}

/** Going back is tried at every look, unless LaunchDarkly names a time. */
function pauseAfter({ asks, retryAfterMs }: Waits, kind: Intent['kind']): number {
  return retryAfterMs ?? (kind === 'back' ? 0 : asks ? ASKED_MS : AGAIN_MS)
}

function keyOf({ plan, unit }: Pick<Position, 'plan' | 'unit'>): string {
  return `${plan}\n${unit}`
}
