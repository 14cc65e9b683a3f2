import { countedClass, SEVERITY } from '../core/comparison/comparison.ts'
import { Groups, type Sighting } from '../core/comparison/group.ts'
import type { ExampleContext } from '../core/comparison/redact.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { Builds, epochOf, type Epoch } from '../core/evidence/epoch.ts'
import { controlled, type Itself } from '../core/evidence/controls.ts'
import { countEnding, type Ending } from '../core/evidence/ending.ts'
import { comparedOutcome, SET_ASIDE } from '../core/evidence/outcome.ts'
import type { Collected } from '../core/evidence/outbox.ts'
import { pairOf } from '../core/evidence/pairs.ts'
import { Repeats } from '../core/evidence/repeats.ts'
import {
  increment,
  recordBlocker,
  recordControls,
  recordKey,
  recordLatency,
  recordPair,
  recordRepeat,
  Tally,
  UNCLASSIFIED,
  type Counting,
} from '../core/evidence/tally.ts'
import type { Observation } from '../core/exchange/exchange.ts'
import { buildOf } from '../core/routing/client.ts'
import { blockerOf } from '../core/triage/blocker.ts'
import type { Begin } from '../handover/record.ts'
import type { Compared } from './comparing.ts'
import { createKeyOf } from './request-key.ts'

/** Whose request it is and what it asks, in 32 bits, and whether they asked the same already. */
export interface Asker {
  readonly key: number
  readonly isRepeat: boolean
}

/** A mirrored request when it is over. */
export interface Ended extends Asker {
  readonly begin: Begin
  readonly outcome: Ending
  readonly primary: Observation | undefined
  readonly shadow: Observation | undefined
  readonly control: Observation | undefined
  readonly compared: Compared | undefined
  readonly noise: Compared | undefined
  readonly isNearWrite: boolean
  readonly itself: Itself
}

/** What the shadow thread counts between two reports: every operation of every request that it was handed. */
export class ShadowCounts {
  readonly #tally = new Tally()
  readonly #groups = new Groups()
  readonly #builds = new Builds()
  readonly #config: Pick<LoadedConfig['config'], 'mirror' | 'privacy' | 'backends' | 'control'>
  #keyOf: (begin: Begin) => number
  readonly #repeats: Repeats
  readonly #ruleVersion: () => string

  /** @param ruleVersion of the rules in force now */
  constructor({ config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>, ruleVersion: () => string) {
    this.#config = config
    this.#keyOf = createKeyOf(secrets.countingKey)
    this.#repeats = new Repeats(config.mirror.repeatMs)
    this.#ruleVersion = ruleVersion
  }

  /** What is counted under now. */
  get #epoch(): Epoch {
    return epochOf(this.#ruleVersion(), this.#builds.see(undefined))
  }

  /** Counts clients and requests under another key. */
  countUnder(key: string): void {
    this.#keyOf = createKeyOf(key)
  }

  /** Who asks. To be asked once for each request that is mirrored, when it begins. */
  asker(begin: Begin): Asker {
    const key = this.#keyOf(begin)
    return { key, isRepeat: this.#repeats.isRepeat(key, begin.startedAt) }
  }

  /** Counts a request whose answers were awaited. The entries of a batch are counted one by one. */
  add({ begin, key, isRepeat, outcome, primary, shadow, control, compared, noise, isNearWrite, itself }: Ended): void {
    // The latency of a batch is nobody's of its operations (BA-5); what is repeated is no evidence.
    const pair = begin.batch === undefined && !isRepeat ? pairOf(begin.primary, { primary, shadow, control }) : undefined
    const names = this.#namesOf(begin, primary, shadow)
    const epoch = epochOf(compared?.ruleVersion ?? this.#ruleVersion(), this.#builds.see(names.build))
    for (const [index, cell] of this.#cellsOf(begin, epoch).entries()) {
      if (shadow?.outcome === 'answered' && begin.batch === undefined) recordLatency(cell, shadow.origin, shadow.duration)
      if (pair !== undefined) recordPair(cell, pair.legacy, pair.candidate)
      const own = compared?.entries?.[index] ?? compared
      const ended = own === undefined || begin.batch === undefined ? outcome : comparedOutcome(own.comparison, { isNearWrite })
      countEnding(cell, ended)
      if (own !== undefined && ended === 'compared') {
        const name = countedClass(own.comparison)
        const blocks = SEVERITY[name] === 'block'
        increment(cell.classes, name)
        if (isRepeat) recordRepeat(cell, blocks)
        else recordKey(cell, key)
        if (!isRepeat && mayBeControlled(begin)) recordControls(cell, this.#config.control.sample, controlled(blocks, itself))
      }
      const blocker = own === undefined || SET_ASIDE.has(ended) ? undefined : blockerOf(own.comparison)
      if (blocker !== undefined) recordBlocker(cell, blocker)
      for (const { rule, count } of own?.comparison.suppressions ?? []) increment(cell.suppressed, rule, count)
      const context = contextOf(begin, cell)
      if (own !== undefined && own.comparison.differences.length > 0 && !SET_ASIDE.has(ended))
        this.#groups.add(own.comparison, {
          ...context,
          ...names,
          count: 'count',
          ...this.#exampleFor(own, context),
        })
      const unlike = noise?.entries?.[index] ?? noise
      if (unlike !== undefined) this.#groups.add(unlike.comparison, { ...context, count: 'noise' })
    }
  }

  /** Counts a request that ended without any of that. */
  end(begin: Begin, outcome: Ending): void {
    for (const cell of this.#cellsOf(begin, this.#epoch)) countEnding(cell, outcome)
  }

  /** With what is counted under from now on. */
  take(): Collected & { readonly epoch: Epoch } {
    return { cells: this.#tally.take().cells, operations: [], groups: this.#groups.take(), epoch: this.#epoch }
  }

  /** One for each operation of the request. */
  #cellsOf({ operation, batch, region, stage, startedAt }: Begin, epoch: Epoch): readonly Counting[] {
    const keys = batch?.map(({ key }) => key) ?? [operation?.key ?? UNCLASSIFIED]
    return keys.map((key) => this.#tally.counting({ operation: key, region, stage }, startedAt, epoch))
  }

  /** How to make examples, in the regions whose examples may be kept (PI-7). */
  #exampleFor(compared: Compared, context: ExampleContext): Pick<Sighting, 'example'> {
    const { regions } = this.#config.privacy
    if (regions !== undefined && !regions.includes(context.region)) return {}
    return { example: (difference) => compared.exampleOf(difference, context) }
  }

  /** The client, and the build of the candidate that answered. */
  #namesOf({ client }: Begin, ...observations: readonly (Observation | undefined)[]): Pick<Sighting, 'client' | 'build'> {
    const candidate = observations.find((one) => one?.origin === 'candidate')
    const answer = candidate?.outcome === 'answered' ? candidate.answer : undefined
    const build = answer === undefined ? undefined : buildOf(answer.headers, this.#config.backends.candidate.buildHeader)
    return { ...(client === undefined ? {} : { client }), ...(build === undefined ? {} : { build }) }
  }
}

/** Legacy is asked a second time only where it is the primary, and never for a write; of a batch nobody asks again for one entry. */
function mayBeControlled({ primary, write, batch }: Begin): boolean {
  return primary === 'legacy' && write === undefined && batch === undefined
}

function contextOf({ region, startedAt, trace }: Begin, { operation }: Counting): ExampleContext {
  return { operation, region, at: startedAt, ...(trace === undefined ? {} : { traceId: trace.traceId }) }
}
