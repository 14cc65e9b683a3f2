import type { Evidence } from './evidence.ts'
import { EMPTY_EVIDENCE } from './evidence.ts'
import { addPacked, packEvidence, unpackEvidence, type PackedEvidence } from './packed-evidence.ts'

const EMPTY = packEvidence(EMPTY_EVIDENCE)
/** What came last is put with the rest when it is this part of it: so that a few requests do not have days of counts written anew. */
const PART = 4

/**
 * Evidence that is added to and taken from. It is held as bytes, for there are as many sums as operations under way. All counts are integers, so the order in
 * which they come and go leaves no trace.
 */
export class EvidenceSum {
  #most: PackedEvidence = EMPTY
  #newest: PackedEvidence = EMPTY

  /** @param times -1 takes it away again */
  add(evidence: PackedEvidence, times: 1 | -1 = 1): void {
    this.#newest = addPacked(this.#newest, evidence, times)
    if (this.#newest.length * PART < this.#most.length) return
    this.#most = this.packed
    this.#newest = EMPTY
  }

  /** The sum as it is now. */
  get packed(): PackedEvidence {
    return addPacked(this.#most, this.#newest)
  }

  /** The same to read, made anew: to be let go of soon. */
  get value(): Evidence {
    return unpackEvidence(this.packed)
  }

  /** What it holds. */
  get bytes(): number {
    return this.#most.length + this.#newest.length
  }
}
