import type { Attributes } from '@opentelemetry/api'
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'

/** Longest that the receiver gets for one batch, tries included. */
export const EXPORT_TIMEOUT_MS = 5_000
/** The exporter gives up by itself before its batch is held to be lost: else a second one would be under way beside it. */
const GIVE_UP_MS = 2 * EXPORT_TIMEOUT_MS
const DELAY_MS = 1_000
/** What a span takes by itself, the fewest and greatest names of its attributes apart: as measured. */
const SPAN_BYTES = 1_024
const EVENT_BYTES = 256
const BYTES_PER_CHARACTER = 2

/**
 * Spans on their way to a receiver, those of the batch that is under way included: no more than a fixed number of bytes, however large they are and however long it
 * takes. What finds no room, and what the exporter gave up on, is dropped and counted: whatever came in was delivered, was counted, or is waiting.
 */
export class WaitingSpans implements SpanProcessor {
  readonly #limit: number
  readonly #batches: BatchSpanProcessor
  #bytes = 0
  #dropped = 0

  /** @param limit in bytes, as they are estimated */
  constructor(exporter: SpanExporter, limit: number) {
    this.#limit = limit
    this.#batches = new BatchSpanProcessor({
      exporter: this.#counting(exporter),
      // Past it spans would be dropped without a word.
      maxQueueSize: Math.ceil(limit / SPAN_BYTES),
      exportTimeoutMillis: GIVE_UP_MS,
      scheduledDelayMillis: DELAY_MS,
    })
  }

  /** Spans that were not delivered and never will be. */
  get dropped(): number {
    return this.#dropped
  }

  /** There is no room for any further span: to make some would be work for nothing. */
  get isFull(): boolean {
    return this.#bytes + SPAN_BYTES > this.#limit
  }

  drop(spans: number): void {
    this.#dropped += spans
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const bytes = bytesOf(span)
    if (this.#bytes + bytes > this.#limit) {
      this.drop(1)
      return
    }
    this.#bytes += bytes
    this.#batches.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown()
  }

  #counting(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          for (const span of spans) this.#bytes -= bytesOf(span)
          if (result.error !== undefined) this.drop(spans.length)
          done(result)
        }),
      shutdown: () => exporter.shutdown(),
    }
  }
}

function bytesOf({ attributes, events }: ReadableSpan): number {
  let bytes = SPAN_BYTES + textBytes(attributes)
  for (const event of events) bytes += EVENT_BYTES + textBytes(event.attributes)
  return bytes
}

/** Of the values alone: the names are ours, and all spans have the same ones. */
function textBytes(attributes: Attributes | undefined): number {
  let characters = 0
  for (const name in attributes) {
    const value = attributes[name]
    if (typeof value === 'string') characters += value.length
    else if (Array.isArray(value)) for (const item of value) characters += typeof item === 'string' ? item.length : 0
  }
  return BYTES_PER_CHARACTER * characters
}
