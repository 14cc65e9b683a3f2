import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EvidenceSum } from '../../../src/core/evidence/evidence-sum.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { NEVER } from '../../../src/core/evidence/histogram.ts'
import { addPacked, packEvidence, unpackEvidence } from '../../../src/core/evidence/packed-evidence.ts'
import { PairCounts } from '../../../src/core/evidence/pairs.ts'

const count = fc.oneof(
  fc.nat(50),
  fc.nat(2 ** 30),
  fc.nat(9_000).map((parts) => parts / 4_096),
)
const bucket = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -2_700, max: 2_200 }) }, { weight: 1, arbitrary: fc.constant(NEVER) })
const histogram = fc
  .array(fc.tuple(bucket, count), { maxLength: 40 })
  .map((entries) => Object.fromEntries(entries.map(([key, value]) => [String(key), value])))
/** Names come from answers of backends: whatever a string can be, and what means something to an object. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('constructor', '-4096', '-99999', '1e3', '-0', '007', 'requests'),
)
const named = fc.dictionary(name, count, { maxKeys: 8 })
const names = fc.dictionary(fc.oneof(name, fc.constant('__proto__')), count, { maxKeys: 8 })
const pairs = fc.array(fc.tuple(bucket, bucket), { maxLength: 20 }).map((all) => {
  const counts = new PairCounts()
  for (const [legacy, candidate] of all) counts.add(legacy, candidate)
  return counts.taken()
})
const evidence: fc.Arbitrary<Evidence> = fc
  .record({
    requests: count,
    fallbacks: count,
    outcomes: fc.record({ compared: count, shed: count }, { requiredKeys: [] }),
    classes: fc.record({ identical: count, value: count }, { requiredKeys: [] }),
    failures: fc.record({ 'candidate:timeout': count }, { requiredKeys: [] }),
    latency: fc.record({ legacy: histogram, candidate: histogram }),
    suppressed: named,
    alone: named,
    controls: fc.dictionary(fc.constantFrom('0', '1', '0.05'), fc.record({ compared: count, made: count }, { requiredKeys: [] })),
    keys: histogram,
    pairs,
  })
  .chain((whole) => fc.subarray(['suppressed', 'alone', 'controls', 'keys', 'pairs'] as const).map((some) => without(whole, some)))

function without(whole: Evidence, names: readonly (keyof Evidence)[]): Evidence {
  // Those that may be absent.
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name as keyof Evidence))) as unknown as Evidence
}

/** Every count by the names that lead to it: what an object inherits is none. */
function tableOf(value: object, path = ''): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(value).flatMap(([name, member]: [string, object | number | undefined]) =>
      member === undefined ? [] : typeof member === 'object' ? [...tableOf(member, `${path}${name}\n`)] : [[path + name, member] as const],
    ),
  )
}

/** Without those that are nothing. */
function counted(value: Evidence): ReadonlyMap<string, number> {
  return new Map([...tableOf(value)].filter(([, number]) => number !== 0))
}

test('what was packed is what comes out', () => {
  fc.assert(
    fc.property(evidence, names, (one, alone) => {
      const whole = { ...one, alone }
      expect(tableOf(unpackEvidence(packEvidence(whole)))).toEqual(tableOf(whole))
    }),
  )
})

test('bytes add up to what evidence adds up to', () => {
  fc.assert(
    fc.property(evidence, evidence, (a, b) => {
      const sum = addPacked(packEvidence(a), packEvidence(b))
      expect(tableOf(unpackEvidence(sum))).toEqual(tableOf(mergeEvidence(a, b)))
    }),
  )
})

test('what is taken away again leaves no count', () => {
  fc.assert(
    fc.property(evidence, fc.array(evidence, { maxLength: 8 }), (first, others) => {
      const sum = new EvidenceSum()
      for (const one of [first, ...others]) sum.add(packEvidence(one))
      for (const one of others) sum.add(packEvidence(one), -1)
      expect(counted(sum.value)).toEqual(counted(mergeEvidence(EMPTY_EVIDENCE, first)))
    }),
  )
})
