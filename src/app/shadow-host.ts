import { Worker } from 'node:worker_threads'
import type { Write } from '../core/evidence/recent-writes.ts'
import { createLedger, Ledger } from '../handover/ledger.ts'
import { createRing, RingWriter } from '../handover/ring.ts'
import type { Encoded } from '../handover/wire.ts'
import type { Bound } from '../core/exchange/bound.ts'
import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import { createMark } from '../core/routing/subject-mark.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { Log } from '../telemetry/log.ts'
import type { Origin } from '../core/routing/stage.ts'
import { boundIn, hasRoomForTraces } from './fullness.ts'
import { Owed, type Lost } from './owed.ts'
import type { ShadowNews, ShadowOrder, ShadowReport, ShadowStart } from './shadow-messages.ts'

/** How often the thread's heartbeat is looked at. */
const WATCH_MS = 1_000
/** Silent for this many looks in a row is stuck: an endless comparison, say. One that steps back on a machine with too few cores is silent for long, too, and not stuck. */
const SILENT_LOOKS = 30
const STARTING_LOOKS = 60
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 5_000
/** A young heap past this is hostile input that slipped through every other bound; the thread dies, the client's path does not. */
const MAX_HEAP_MB = 512
/** Three spaces of 4 MB: as on the client's path, see `child.ts`. */
const YOUNG_HEAP_MB = 12
/** What the thread gets to store its last counts at the end. */
const CLOSE_GRACE_MS = 3_000
/** Room for a thousand ordinary requests while the thread is busy. Under more load than the thread can follow all of it is written to, and so is memory of the edge, whatever its size. */
const MIN_RING_BYTES = 8 * 1024 * 1024

export interface ShadowHostEvents {
  readonly onReport: (report: ShadowReport) => void
  /** The thread died, with this many requests handed over and not accounted for, by cell. */
  readonly onLost: (lost: readonly Lost[]) => void
  /** For the other edges. */
  readonly onWrites: (writes: readonly Write[]) => void
}

/** Runs the shadow thread and starts it again when it dies or hangs. Writing to it never waits. */
export class ShadowHost {
  #mark: (subject: string) => number
  #start: Omit<ShadowStart, 'ring'>
  /** Outlives the thread. */
  readonly ledger: Ledger
  readonly #log: Log
  readonly #events: ShadowHostEvents
  #worker: Worker | undefined
  #writer: RingWriter | undefined
  #watch: NodeJS.Timeout | undefined
  #backoff = FIRST_BACKOFF_MS
  #closing = false
  readonly #owed = new Owed()
  #reportedAt = 0
  restarts = 0

  constructor(loaded: LoadedConfig, name: string, log: Log, events: ShadowHostEvents) {
    const ledger = createLedger()
    this.ledger = new Ledger(ledger)
    this.#start = { ledger, loaded, accepted: [], reveals: [], name }
    this.#mark = createMark(loaded.secrets.countingKey)
    this.#log = log
    this.#events = events
    this.#run()
  }

  /** `false`: there is no room, or no thread. */
  write({ size, fill }: Encoded): boolean {
    return this.#writer?.write(size, fill) ?? false
  }

  /** Why `write` says no. */
  get refusal(): 'thread' | 'ring' {
    return this.#writer === undefined ? 'thread' : 'ring'
  }

  /**
   * What keeps a request for this shadow from being asked, as the thread said last, or from being heard to its end: half of the ring is kept for the ends of those that have begun, for a
   * request that is asked and cannot be told its end is work for nothing. Nothing where nothing does.
   */
  obstacle(shadow: Origin): Bound | undefined {
    const writer = this.#writer
    if (writer === undefined) return 'thread'
    return boundIn(writer.full, shadow) ?? (writer.isHalfFull ? 'ring' : undefined)
  }

  /** Whether the thread has room for the spans of a further request, as it said last. */
  get takesTraces(): boolean {
    return this.#writer !== undefined && hasRoomForTraces(this.#writer.full)
  }

  /** Remembers that the thread owes an outcome for a request of this cell. */
  owe(cell: Lost['cell']): void {
    this.#owed.add(cell)
  }

  /** Differences of these groups are not counted as such any more. */
  accept(accepted: readonly AcceptedGroup[]): void {
    this.#start = { ...this.#start, accepted }
    this.#worker?.postMessage({ kind: 'accepted', groups: accepted } satisfies ShadowOrder)
  }

  /** Values are kept under these from now on, each until its time is over. */
  reveal(reveals: readonly Reveal[]): void {
    this.#start = { ...this.#start, reveals }
    this.#worker?.postMessage({ kind: 'reveals', reveals } satisfies ShadowOrder)
  }

  /** Tells the thread the rules from now on, and the next one when it dies. */
  rules(rules: readonly Rule[]): void {
    this.#start = { ...this.#start, loaded: { ...this.#start.loaded, rules } }
    this.#worker?.postMessage({ kind: 'rules', rules } satisfies ShadowOrder)
  }

  /** What stands for a subject where it is counted. */
  readonly mark = (subject: string): number => this.#mark(subject)

  /** Counts clients and requests under another key. */
  countUnder(countingKey: string): void {
    const { loaded } = this.#start
    this.#start = { ...this.#start, loaded: { ...loaded, secrets: { ...loaded.secrets, countingKey } } }
    this.#mark = createMark(countingKey)
    this.#worker?.postMessage({ kind: 'counting-key', key: countingKey } satisfies ShadowOrder)
  }

  /** For connections that are opened from now on. */
  certificates(certificates: Certificates): void {
    this.#start = { ...this.#start, loaded: { ...this.#start.loaded, certificates } }
    this.#worker?.postMessage({ kind: 'certificates', certificates } satisfies ShadowOrder)
  }

  /** What clients of other edges write. */
  writes(writes: readonly Write[]): void {
    this.#worker?.postMessage({ kind: 'writes', writes } satisfies ShadowOrder)
  }

  /** Everything that the thread counted before this moment was reported; milliseconds since the epoch. */
  get reportedAt(): number {
    return this.#worker === undefined ? Infinity : this.#reportedAt
  }

  get ringBytes(): number {
    return this.#writer?.used ?? 0
  }

  /** Lets the thread finish what it has and report it. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#watch)
    const worker = this.#worker
    if (worker === undefined) return
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage({ kind: 'close' } satisfies ShadowOrder)
    const timer = setTimeout(() => void worker.terminate(), CLOSE_GRACE_MS)
    await exited
    clearTimeout(timer)
    this.#settle()
  }

  #run(): void {
    const ring = createRing(Math.max(MIN_RING_BYTES, 8 * this.#start.loaded.config.mirror.maxBodyBytes))
    const worker = new Worker(new URL('./shadow.ts', import.meta.url), {
      name: 'shadow',
      workerData: { ...this.#start, ring } satisfies ShadowStart,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    })
    this.#worker = worker
    this.#reportedAt = Date.now()
    this.#writer = new RingWriter(ring)
    worker.on('message', (news: ShadowNews) => {
      if (news.kind === 'writes') this.#events.onWrites(news.writes)
      else this.#onReport(news.report)
    })
    worker.on('error', (error) => this.#log.error({ error: String(error) }, 'shadow thread failed'))
    worker.once('exit', () => this.#onExit())
    this.#watchOver(worker, this.#writer)
  }

  #watchOver(worker: Worker, writer: RingWriter): void {
    let last = -1
    let silent = 0
    clearInterval(this.#watch)
    this.#watch = setInterval(() => {
      silent = writer.heartbeat === last ? silent + 1 : 0
      last = writer.heartbeat
      // Until its first beat it loads its code, which takes a busy machine long.
      if (silent < (last === 0 ? STARTING_LOOKS : SILENT_LOOKS)) return
      clearInterval(this.#watch)
      this.#log.error('shadow thread is stuck; ending it')
      void worker.terminate()
    }, WATCH_MS)
    this.#watch.unref()
  }

  #onReport(report: ShadowReport): void {
    this.#reportedAt = Date.now()
    this.#backoff = FIRST_BACKOFF_MS
    this.#owed.settle(report.cells)
    this.#events.onReport(report)
  }

  #onExit(): void {
    this.#worker = undefined
    this.#writer = undefined
    clearInterval(this.#watch)
    if (this.#closing) return
    this.#settle()
    this.restarts += 1
    this.#log.error({ restarts: this.restarts }, 'shadow thread ended; starting it again')
    setTimeout(() => this.#run(), this.#backoff)
    this.#backoff = Math.min(this.#backoff * 2, MAX_BACKOFF_MS)
  }

  #settle(): void {
    this.ledger.abandon()
    const lost = this.#owed.take()
    if (lost.length > 0) this.#events.onLost(lost)
  }
}
